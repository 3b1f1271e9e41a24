import type { Ability, RequestNeeds } from '../../canonical/needs.ts';
import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { withAnswerCount } from '../answer-count.ts';
import { wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import { checkGenerationConfig } from './check-config.ts';
import { modalityOf } from './decode-part.ts';
import { asList, asNumber, camelMembers } from './members.ts';

/** Model and streaming are said by the path: see the route. */
export function readHead(body: JsonObject): RequestHead {
  const { contents, systemInstruction, tools, toolConfig, generationConfig } = camelMembers(body);
  const needs = new Needs();
  checkContents(contents, needs);
  if (systemInstruction !== undefined) checkInstruction(systemInstruction, needs);
  checkTools(tools, needs);
  for (const [name, member] of Object.entries({ toolConfig, generationConfig })) {
    if (member !== undefined && !isJsonObject(member)) throw wrongField(name, 'an object', member);
  }
  const config = camelMembers(generationConfig);
  checkGenerationConfig(config);
  if (SCHEMAS.some((name) => isJsonObject(config[name]))) needs.abilities.add('json_schema');
  const needed = needs.finish(asNumber(config['maxOutputTokens']));
  return { model: undefined, stream: false, needs: withAnswerCount(needed, asNumber(config['candidateCount'])) };
}

const SCHEMAS = ['responseSchema', 'responseJsonSchema'] as const;

class Needs {
  readonly abilities = new Set<Ability>();
  #textLength = 0;

  addText(length: number): void {
    this.#textLength += length;
  }

  finish(maxOutputTokens: number | undefined): RequestNeeds {
    return { abilities: this.abilities, textLength: this.#textLength, maxOutputTokens };
  }
}

const ROLES: ReadonlySet<unknown> = new Set([undefined, '', 'user', 'model', 'function', 'tool']);

function checkContents(contents: JsonValue | undefined, needs: Needs): void {
  const list = asList(contents);
  if (list.length === 0) throw wrongField('contents', 'a non-empty array of contents', contents);
  for (const [index, content] of list.entries()) {
    const path = `contents[${index}]`;
    if (!isJsonObject(content)) throw wrongField(path, 'an object', content);
    const { role, parts } = camelMembers(content);
    if (!ROLES.has(role)) throw wrongField(`${path}.role`, 'user or model', role);
    checkParts(parts, path, needs);
  }
}

function checkInstruction(instruction: JsonValue, needs: Needs): void {
  if (typeof instruction === 'string') needs.addText(instruction.length);
  else if (isJsonObject(instruction)) checkParts(camelMembers(instruction)['parts'], 'systemInstruction', needs);
  else throw wrongField('systemInstruction', 'an object with parts', instruction);
}

function checkParts(parts: JsonValue | undefined, path: string, needs: Needs): void {
  for (const [index, part] of asList(parts).entries()) {
    if (!isJsonObject(part)) throw wrongField(`${path}.parts[${index}]`, 'an object', part);
    checkPart(camelMembers(part), `${path}.parts[${index}]`, needs);
  }
}

function checkPart(part: JsonObject, path: string, needs: Needs): void {
  const { text } = part;
  if (text !== undefined && typeof text !== 'string') throw wrongField(`${path}.text`, 'a string', text);
  needs.addText(text?.length ?? 0);
  for (const name of ['inlineData', 'fileData', 'functionCall', 'functionResponse'] as const) {
    const member = part[name];
    if (member === undefined) continue;
    if (!isJsonObject(member)) throw wrongField(`${path}.${name}`, 'an object', member);
    tallyMember(name, camelMembers(member), path, needs);
  }
}

type MemberName = 'inlineData' | 'fileData' | 'functionCall' | 'functionResponse';

function tallyMember(name: MemberName, member: JsonObject, path: string, needs: Needs): void {
  if (name === 'inlineData' || name === 'fileData') {
    const content = member[name === 'inlineData' ? 'data' : 'fileUri'];
    if (typeof content !== 'string') throw wrongField(`${path}.${name}`, 'data or an address', content);
    needs.abilities.add(modalityOf(asString(member['mimeType'])));
    return;
  }
  if (typeof member['name'] !== 'string') throw wrongField(`${path}.${name}.name`, 'a string', member['name']);
  const { args, response, parts } = member;
  needs.addText(JSON.stringify(args ?? response ?? {}).length);
  checkParts(parts, `${path}.${name}`, needs);
}

function checkTools(tools: JsonValue | undefined, needs: Needs): void {
  const list = asList(tools);
  for (const [index, tool] of list.entries()) {
    if (!isJsonObject(tool)) throw wrongField(`tools[${index}]`, 'an object', tool);
    for (const [at, declaration] of asList(camelMembers(tool)['functionDeclarations']).entries()) {
      const name = camelMembers(declaration)['name'];
      const path = `tools[${index}].functionDeclarations[${at}].name`;
      if (typeof name !== 'string' || name === '') throw wrongField(path, 'the name of a function', name);
    }
  }
  if (list.length === 0) return;
  needs.abilities.add('tools');
  needs.addText(JSON.stringify(list).length);
}
