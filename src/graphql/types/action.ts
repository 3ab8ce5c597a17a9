import { builder } from '../builder.ts'
import { ActionTypeEnum } from '../enums.ts'
import { ActionInputRef, ActionRef } from '../refs.ts'

builder.objectType(ActionRef, {
  description: 'One step of what happens on an answered call.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID, unique in its list of actions.' }),
    nextId: t.exposeID('nextId', {
      nullable: true,
      description: 'The action to run next; null means the one that follows in the list.',
    }),
    type: t.field({ type: ActionTypeEnum, description: 'What the action does.', resolve: ({ type }) => type }),
    option: t.field({
      type: 'JSON',
      description: 'Options of this action type, validated when they are stored: an object, empty when there are none.',
      resolve: ({ option }) => option,
    }),
  }),
})

builder.inputType(ActionInputRef, {
  description: 'One step of what is to happen on an answered call.',
  fields: (t) => ({
    id: t.id({ description: 'A UUID, unique in its list. Made by the server when left out.' }),
    nextId: t.id({
      description: 'The id of an action of the same list that runs next, else INVALID; null for the one that follows.',
    }),
    type: t.field({ type: ActionTypeEnum, required: true, description: 'What the action does.' }),
    option: t.field({
      type: 'JSON',
      description: 'Options of this action type, an object. Unknown or missing ones are INVALID.',
    }),
  }),
})
