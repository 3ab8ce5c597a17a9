import { z } from 'zod'
import { textsOf } from '../template.ts'
import { variableLengthMax } from '../variable.ts'
import { defineAction, expandText, passed } from './definition.ts'
import { setName } from './schemas.ts'

export const variableSet = defineAction({
  option: z.strictObject({ variable: setName, value: z.string().max(variableLengthMax) }),
  needsCall: false,
  aliases: { key: 'variable' },
  sets: ({ variable }) => variable,
  texts: ({ value }) => textsOf({ value }),
  begin({ variable, value }, at) {
    const variables = { ...at.flow.variables, [variable]: expandText(value, variableLengthMax, at) }
    return passed('set', { changes: { variables } })
  },
})
