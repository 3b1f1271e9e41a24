import { join } from 'node:path';
import { type Agent, BY_TAG, PLATFORM, type Program, type Step } from './agent.ts';

const read: Step = {
  tool: /^Read$/,
  calls: (folder, files) => files.map((file) => ({ file_path: join(folder, file) })),
};

/** The launcher needs an install script to be put in place; the program itself lies in the platform's package. */
const program = (platformPackage: string): Program => ({
  file: `${platformPackage}/claude`,
  runtime: 'native',
  platformPackage,
});

/** https://code.claude.com/docs/en/llm-gateway */
export const CLAUDE_CODE: Agent = {
  id: 'claude-code',
  npmPackage: '@anthropic-ai/claude-code',
  version: '2.1.330',
  programs: [program(`@anthropic-ai/claude-code-${PLATFORM}`), program(`@anthropic-ai/claude-code-${PLATFORM}-musl`)],
  models: [
    {
      asked: BY_TAG,
      because: 'adaptive thinking, a system message among the others',
      steps: [read],
      remote: { anthropic: 'claude-sonnet-5-5' },
    },
    { asked: 'claude-sonnet-4-5', because: 'thinking with a budget', steps: [read] },
  ],
  environment: ({ url, apiKey }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: apiKey,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
  }),
  homeFiles: () => ({}),
  taskArguments: (task, { model }) => ['-p', task, '--model', model, '--allowedTools', 'Read'],
};
