import { type Agent, BY_TAG, PLATFORM, type Step } from './agent.ts';

const shell: Step = {
  tool: /^exec_command$/,
  calls: (_folder, files) => files.map((file) => ({ cmd: `cat ${file}` })),
};

const NOTE = 'note.txt';

/** A free-form tool: its text follows a grammar. */
const patch: Step = {
  tool: /^apply_patch$/,
  calls: () => [
    `*** Begin Patch\n*** Add File: ${NOTE}\n+Both files are read next. 接下来读两个文件。\n*** End Patch\n`,
  ],
};

/** A free-form tool in a group: its text is JavaScript, in which the agent's other tools are functions. */
const script: Step = {
  tool: /(^|[^a-z])exec$/,
  calls: (_folder, files) => [
    `for (const file of ${JSON.stringify(files)}) text((await tools.exec_command({ cmd: 'cat ' + file })).output);`,
  ],
};

/** https://developers.openai.com/codex/config-reference */
const config = (url: string): string => `
model_provider = "router"
check_for_update_on_startup = false

[model_providers.router]
name = "LLM Router"
base_url = "${url}/v1"
env_key = "LLM_ROUTER_KEY"
wire_api = "responses"

[analytics]
enabled = false

[features]
plugins = false
`;

export const CODEX: Agent = {
  id: 'codex',
  npmPackage: '@openai/codex',
  version: '0.169.0',
  programs: [{ file: '@openai/codex/bin/codex.js', runtime: 'node', platformPackage: `@openai/codex-${PLATFORM}` }],
  models: [
    { asked: BY_TAG, because: 'functions, and groups of functions', steps: [shell] },
    { asked: 'gpt-5.5', because: 'a free-form tool with a grammar', steps: [patch, shell], leaves: NOTE },
    { asked: 'gpt-6.1-sol', because: 'free-form tools in groups, declared in the input', steps: [script] },
  ],
  environment: ({ apiKey }) => ({ LLM_ROUTER_KEY: apiKey }),
  homeFiles: ({ url }) => ({ '.codex/config.toml': config(url) }),
  // The sandbox needs rights that a container often has not; here every command comes from the fake model.
  taskArguments: (task, { model }) => [
    'exec',
    '--skip-git-repo-check',
    '--sandbox',
    'danger-full-access',
    '--model',
    model,
    task,
  ],
};
