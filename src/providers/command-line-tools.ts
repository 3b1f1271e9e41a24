import { defineProvider } from './spec.ts';

/** Coding agents that would have to be started as local commands. */
const commandLineTool = {
  unsupported: 'this version does not start local commands',
  baseUrl: undefined,
  versionPath: '',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: { kind: 'none' },
  chat: {},
  streamUsage: 'always',
} as const;

export const codexCli = defineProvider({ ...commandLineTool, type: 'codex_cli', title: 'Codex CLI' });
export const claudeCodeCli = defineProvider({ ...commandLineTool, type: 'claude_code_cli', title: 'Claude Code CLI' });
export const opencodeCli = defineProvider({ ...commandLineTool, type: 'opencode_cli', title: 'OpenCode CLI' });
export const kimiCodeCli = defineProvider({ ...commandLineTool, type: 'kimi_code_cli', title: 'Kimi Code CLI' });
export const qwenCodeCli = defineProvider({ ...commandLineTool, type: 'qwen_code_cli', title: 'Qwen Code CLI' });
