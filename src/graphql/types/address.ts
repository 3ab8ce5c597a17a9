import { builder } from '../builder.ts'
import { AddressTypeEnum } from '../enums.ts'
import { AddressInputRef, AddressRef } from '../refs.ts'

const targetDescription = 'E.164 for TEL (+14155550100); a SIP URI for SIP; otherwise as the type says.'

builder.objectType(AddressRef, {
  description: 'Where a call comes from or goes to.',
  fields: (t) => ({
    type: t.field({ type: AddressTypeEnum, description: 'What `target` is.', resolve: ({ type }) => type }),
    target: t.exposeString('target', { description: targetDescription }),
    targetName: t.exposeString('targetName', {
      description: 'The name that is sent with the target, for example a caller id name. May be empty.',
    }),
    name: t.exposeString('name', { description: 'A name for people. May be empty.' }),
    detail: t.exposeString('detail', { description: 'Notes for people. May be empty.' }),
  }),
})

builder.inputType(AddressInputRef, {
  description: 'Where a call comes from or goes to.',
  fields: (t) => ({
    type: t.field({ type: AddressTypeEnum, required: true, defaultValue: 'TEL', description: 'What `target` is.' }),
    target: t.string({
      required: true,
      description: `${targetDescription} A TEL may be written with spaces, punctuation and digits of any script, and nationally where the server has a default country. What is not a number is INVALID, and so are short and emergency numbers, placeholders such as 9999999999, and premium-rate and shared-cost numbers.`,
    }),
    targetName: t.string({
      required: true,
      defaultValue: '',
      description: 'The name that is sent with the target. Up to 255 characters.',
    }),
    name: t.string({ required: true, defaultValue: '', description: 'A name for people. Up to 255 characters.' }),
    detail: t.string({ required: true, defaultValue: '', description: 'Notes for people. Up to 2000 characters.' }),
  }),
})
