import { readdirSync, readFileSync } from 'node:fs'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { printedSchema, schema } from '../../src/graphql/schema.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

test('schema.graphql holds the schema as it is', () => {
  expect(read('schema.graphql')).toBe(printedSchema())
})

test('every element of the schema has a description, arguments included', () => {
  const bare: string[] = []
  const look = (path: string, { description }: { description?: string | null | undefined }) => {
    if (!description) bare.push(path)
  }
  const own = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  for (const type of own) {
    look(type.name, type)
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field)
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field)
      for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name})`, argument)
    }
  }
  expect(bare).toEqual([])
  expect(own.length).toBeGreaterThan(50)
})

test('every enum says that it may grow', () => {
  const silent = Object.values(schema.getTypeMap())
    .filter((type) => isEnumType(type) && !type.name.startsWith('__'))
    .filter(({ description }) => !description?.includes('May grow'))
  expect(silent).toEqual([])
})

test.each(readdirSync(new URL('examples/queries/', root)))('the example %s is valid', (name) => {
  expect(validate(schema, parse(read(`examples/queries/${name}`)))).toEqual([])
})
