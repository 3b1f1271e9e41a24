import { type Agent, BY_TAG, type Step } from './agent.ts';

const readFile: Step = {
  tool: /^read_file$/,
  calls: (_folder, files) => files.map((file_path) => ({ file_path })),
};

/** https://geminicli.com/docs/reference/configuration */
const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};

export const GEMINI_CLI: Agent = {
  id: 'gemini-cli',
  npmPackage: '@google/gemini-cli',
  version: '0.61.0',
  programs: [{ file: '@google/gemini-cli/bundle/gemini.js', runtime: 'node' }],
  models: [
    { asked: BY_TAG, because: 'thoughts are included', steps: [readFile] },
    { asked: 'gemini-2.5-pro', because: 'thoughts have a budget', steps: [readFile] },
    {
      asked: 'auto',
      because: 'a small model chooses the model, by a JSON schema',
      steps: [readFile],
      names: ['gemini-3.5-flash-lite', 'gemini-3.8-flash'],
    },
  ],
  environment: ({ url, apiKey }) => ({
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_API_KEY: apiKey,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    GEMINI_CLI_NO_RELAUNCH: 'true',
  }),
  homeFiles: () => ({ '.gemini/settings.json': JSON.stringify(SETTINGS) }),
  taskArguments: (task, { model }) => ['-p', task, '-m', model],
};
