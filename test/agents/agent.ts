import { arch, platform } from 'node:os';
import type { JsonObject } from '../../src/lib/json.ts';
import type { VendorId } from '../support/vendors/vendors.ts';

/** What an agent is told about the router. */
export interface RouterAddress {
  /** Without a version path. */
  readonly url: string;
  readonly apiKey: string;
  /** What the agent gives as the name of the model. */
  readonly model: string;
}

/** Where an installed agent's program lies; paths are below `node_modules`. */
export interface Program {
  readonly file: string;
  readonly runtime: 'native' | 'node';
  /** A package that npm installs only on machines that it fits; the program does not run without it. */
  readonly platformPackage?: string;
}

/** Calls of one of the agent's own tools, as a model is to make them in one answer. */
export interface Step {
  /** Matches the name under which a provider is offered the tool, whatever group it stood in. */
  readonly tool: RegExp;
  /** One call for each element: the arguments of a function, or the text of a free-form tool. */
  calls(folder: string, files: readonly string[]): readonly (JsonObject | string)[];
}

export interface AgentModel {
  /** What the agent is told: a tag expression, or a model by a name that the agent knows. */
  readonly asked: string;
  /** What the agent does for it that it does not do for the others. */
  readonly because: string;
  /** Answers of the model that come before the last one. The files have been read after them. */
  readonly steps: readonly Step[];
  /** Names under which the agent then asks for models, where that is not the one that it was told. */
  readonly names?: readonly string[];
  /** A file that the steps leave behind. */
  readonly leaves?: string;
  /** Models at the provider, where the agent speaks its format and so decides itself what the model can do. */
  readonly remote?: Readonly<Partial<Record<VendorId, string>>>;
}

/** A coding agent as people use it without a terminal. */
export interface Agent {
  readonly id: string;
  readonly npmPackage: string;
  readonly version: string;
  /** Alternatives: the first that is installed is used. */
  readonly programs: readonly Program[];
  /** Each is a run of its own. */
  readonly models: readonly AgentModel[];
  /** Names the router and switches off whatever would leave this machine. */
  environment(router: RouterAddress): Readonly<Record<string, string>>;
  /** Text of files, by their paths below the home folder. */
  homeFiles(router: RouterAddress): Readonly<Record<string, string>>;
  /** Arguments of one task that asks nobody for anything. */
  taskArguments(task: string, router: RouterAddress): readonly string[];
}

export const TAG = 'coding';

/** No agent knows a model of this name: each does what it does for models of a gateway. */
export const BY_TAG = `tag:${TAG}`;

/** `linux-x64`, `darwin-arm64` and so on, as packages with native programs are named. */
export const PLATFORM = `${platform()}-${arch()}`;
