import SchemaBuilder, {
  BasePlugin,
  type InputFieldsMapping,
  mapInputFields,
  type PothosInputFieldConfig,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core'

export const nullDefaultsName = 'nullDefaults'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      [nullDefaultsName]: NullDefaultsPlugin<Types>
    }
  }
}

interface Default {
  readonly value: unknown
}

/**
 * An argument or input field with a default is nullable in the schema, and an explicit null means the default: editors take
 * `Int! = 100` for something that has to be given. A type file writes `required: true` with a `defaultValue`; the schema
 * then says `Int = 100`, and a resolver is never handed a null.
 */
class NullDefaultsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onInputFieldConfig(config: PothosInputFieldConfig<Types>): PothosInputFieldConfig<Types> {
    return config.defaultValue === undefined ? config : { ...config, type: { ...config.type, required: false } }
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const defaults = mapInputFields<Types, Default>(config.args, this.buildCache, ({ defaultValue }) =>
      defaultValue === undefined ? null : { value: defaultValue },
    )
    if (defaults === null) return config
    return { ...config, argMappers: [...config.argMappers, (args) => withDefaults(args, defaults)] }
  }
}

type Input = Record<string, unknown>

function withDefaults<Types extends SchemaTypes>(given: Input, defaults: InputFieldsMapping<Types, Default>): Input {
  const filled = { ...given }
  for (const [name, mapping] of defaults) {
    const value = given[name]
    if (value === null && mapping.value !== null) filled[name] = mapping.value.value
    const inner = mapping.kind === 'InputObject' ? mapping.fields.map : null
    if (inner !== null && name in given) filled[name] = fillEach(filled[name], inner)
  }
  return filled
}

/** An input object, or however deep a list of them; null and what was left out stay as they are. */
function fillEach<Types extends SchemaTypes>(value: unknown, defaults: InputFieldsMapping<Types, Default>): unknown {
  if (Array.isArray(value)) return value.map((each) => fillEach(each, defaults))
  return value === null || value === undefined ? value : withDefaults(value as Input, defaults)
}

SchemaBuilder.registerPlugin(nullDefaultsName, NullDefaultsPlugin)
