/** Keywords that bound a value without changing its shape. */
const BOUNDS: ReadonlySet<string> = new Set([
  'contentSchema',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'maxContains',
  'maxLength',
  'maxProperties',
  'minContains',
  'minLength',
  'minProperties',
  'multipleOf',
  'pattern',
  'propertyNames',
  'uniqueItems',
]);

/** Keywords that say what a value must look like and that the vendor has no word for. */
const SHAPES: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$recursiveRef',
  'additionalItems',
  'allOf',
  'contains',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'else',
  'if',
  'not',
  'patternProperties',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

/** Losing it makes an answer less exact, but leaves its shape. */
export function isBound(keyword: string): boolean {
  return BOUNDS.has(keyword);
}

/** False for notes to readers (`$comment`, `default`, `examples`) and for words that are not of JSON schema. */
export function isConstraint(keyword: string): boolean {
  return BOUNDS.has(keyword) || SHAPES.has(keyword);
}
