/** What joi says of a value of the wrong kind, in words of people who write YAML and JSON. */
export const SCHEMA_MESSAGES = {
  'alternatives.types': 'must be a text, or a list of texts',
  'array.base': 'must be a list',
  'array.min': 'must have at least {{#limit}} {if(#limit == 1, "item", "items")}',
  'array.unique': 'repeats item [{{#dupePos}}]',
  'object.base': 'must hold keys and values',
  'string.base': 'must be a text',
  'string.empty': 'must not be empty',
  'string.min': 'must have at least {{#limit}} characters',
  'string.max': 'must have at most {{#limit}} characters',
}
