import { bytes, integer, message } from './protobuf.ts';

/*
 * The ONNX file of a model that looks its output up: row t of a table is the output for token t. Field numbers are
 * those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

export interface LookupTable {
  /** Name of the output, as the library expects it: `logits` or `last_hidden_state`. */
  readonly output: string;
  readonly rows: number;
  readonly columns: number;
  /** Row after row. */
  readonly values: Float32Array;
}

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 9;
const OPSET_VERSION = 13;
const TABLE = 'table';
const INPUT = 'input_ids';

export function lookupModel(table: LookupTable): Buffer {
  const opset = message(bytes(1, ''), integer(2, OPSET_VERSION));
  return message(integer(1, IR_VERSION), bytes(2, 'tiny-model'), bytes(7, graphOf(table)), bytes(8, opset));
}

function graphOf(table: LookupTable): Buffer {
  return message(
    bytes(
      1,
      message(bytes(1, TABLE), bytes(1, INPUT), bytes(2, table.output), bytes(3, 'look-up'), bytes(4, 'Gather')),
    ),
    bytes(2, 'lookup'),
    bytes(5, tensorOf(table)),
    bytes(11, valueInfo(INPUT, INT64, ['batch', 'sequence'])),
    bytes(12, valueInfo(table.output, FLOAT, ['batch', 'sequence', table.columns])),
  );
}

function tensorOf({ rows, columns, values }: LookupTable): Buffer {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return message(integer(1, rows), integer(1, columns), integer(2, FLOAT), bytes(8, TABLE), bytes(9, raw));
}

function valueInfo(name: string, elementType: number, dimensions: readonly (string | number)[]): Buffer {
  const shape = message(
    ...dimensions.map((size) => bytes(1, typeof size === 'number' ? integer(1, size) : bytes(2, size))),
  );
  return message(bytes(1, name), bytes(2, bytes(1, message(integer(1, elementType), bytes(2, shape)))));
}
