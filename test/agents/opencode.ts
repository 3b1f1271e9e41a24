import { join } from 'node:path';
import { type Agent, BY_TAG, PLATFORM, type Program, type Step } from './agent.ts';

const read: Step = {
  tool: /^read$/,
  calls: (folder, files) => files.map((file) => ({ filePath: join(folder, file) })),
};

const program = (platformPackage: string): Program => ({
  file: `${platformPackage}/bin/opencode`,
  runtime: 'native',
  platformPackage,
});

/** Builds that run on every processor come first. */
const VARIANTS = ['-baseline', '', '-baseline-musl', '-musl'];

/** https://opencode.ai/docs/providers#custom-provider */
const config = (url: string, apiKey: string, model: string): unknown => ({
  autoupdate: false,
  share: 'disabled',
  provider: {
    router: {
      npm: '@ai-sdk/openai-compatible',
      name: 'LLM Router',
      options: { baseURL: `${url}/v1`, apiKey },
      models: { [model]: { name: model, tool_call: true, limit: { context: 128_000, output: 8_192 } } },
    },
  },
});

export const OPENCODE: Agent = {
  id: 'opencode',
  npmPackage: 'opencode-ai',
  version: '1.18.33',
  programs: VARIANTS.map((variant) => program(`opencode-${PLATFORM}${variant}`)),
  models: [{ asked: BY_TAG, because: 'a second call, for a title', steps: [read] }],
  environment: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  }),
  homeFiles: ({ url, apiKey, model }) => ({
    '.config/opencode/opencode.json': JSON.stringify(config(url, apiKey, model)),
  }),
  taskArguments: (task, { model }) => ['run', '--model', `router/${model}`, task],
};
