import { parseArgs } from 'node:util';

/** What was asked on the command line, before anybody looks at its meaning. */
export interface CommandLine {
  readonly command: (typeof COMMANDS)[number] | 'help' | 'version';
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const COMMANDS = ['serve', 'check', 'explain', 'doctor', 'drill'] as const;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  host: { type: 'string' },
  port: { type: 'string' },
  'data-dir': { type: 'string' },
  'log-level': { type: 'string' },
  tags: { type: 'string' },
  model: { type: 'string' },
  file: { type: 'string' },
  provider: { type: 'string' },
  kill: { type: 'string' },
  since: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export const USAGE = `llm-router [serve] [options]      start the service (the default)
llm-router check [FILE]           print every problem of a configuration file; exit 1 if it has errors
llm-router explain [options]      which models would serve a request, and why the others would not
llm-router doctor [options]       ask every provider a few tiny questions; exit 1 if something is wrong
llm-router drill [options]        where recorded traffic would go without some providers; calls nobody

  -c, --config FILE     configuration file (LLM_ROUTER_MODEL_CONFIG; default ./router.toml)
      --host HOST       address to listen on (LLM_ROUTER_HOST, HOST)
      --port PORT       port to listen on, 0 for any free one (LLM_ROUTER_PORT, PORT)
      --data-dir DIR    where the databases live
      --log-level LEVEL trace, debug, info, warn, error, fatal (LLM_ROUTER_LOG_LEVEL)
      --tags a,b        explain: all of these tags
      --model NAME      explain: a model, a route, or a tag expression such as tag:coding+!local
      --file FILE       explain: a request body in JSON
      --provider a,b    doctor: only these providers, also those that are left out otherwise (the mock)
      --kill a,b/c      drill: providers and models (provider/model) to take out; none: today's file as it is
      --since TIME      drill: how far back, such as 24h (the default), 30m, 7d, or a date
      --json            explain, doctor, drill: print JSON
  -h, --help            this text
  -v, --version         the version
`;

/** Throws a UsageError that says what is wrong. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (values.help === true) return { command: 'help', positionals, options: values };
  if (values.version === true) return { command: 'version', positionals, options: values };
  const [first = 'serve', ...rest] = positionals;
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined) throw new UsageError(`unknown command ${first}; expected one of ${COMMANDS.join(', ')}`);
  if (rest.length > (command === 'check' ? 1 : 0)) throw new UsageError(`too many arguments: ${rest.join(' ')}`);
  return { command, positionals: rest, options: values };
}

/** An option with a value; undefined where it was not given. */
export function optionText(options: CommandLine['options'], name: keyof typeof OPTIONS): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The names of an option that takes several, with commas between them. */
export function optionNames(options: CommandLine['options'], name: keyof typeof OPTIONS): readonly string[] {
  const names = (optionText(options, name) ?? '').split(',').map((part) => part.trim());
  return names.filter((part) => part !== '');
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
