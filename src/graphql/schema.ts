import './types/root.ts'
import './types/node.ts'
import './types/user-error.ts'
import './types/address.ts'
import './types/action.ts'
import './types/campaign.ts'
import './types/campaign-stats.ts'
import './types/dialing-report.ts'
import './types/campaign-mutations.ts'
import './types/outdial.ts'
import './types/outdial-target.ts'
import './types/outdial-target-mutations.ts'
import './types/outplan.ts'
import './types/queue.ts'
import './types/agent.ts'
import './types/agent-mutations.ts'
import './types/campaigncall.ts'
import './types/activeflow.ts'
import './types/transition.ts'
import './types/engine.ts'
import './scalars.ts'
import { defaultFieldResolver, type GraphQLSchema, printSchema } from 'graphql'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { meter } from './metering.ts'

/** The API. Its types stand in the order in which they are written, which is the order in which they are best read. */
export const schema: GraphQLSchema = meter(forgetAfterMutations(builder.toSchema({ sortSchema: false })))

/** The whole API in SDL, as schema.graphql keeps it. */
export function printedSchema(): string {
  return `${printSchema(schema)}\n`
}

/**
 * Clears the loaders after each field of a mutation: what they read for an earlier field of the same request is not true
 * any more. Done here so that no mutation can be written without it.
 */
function forgetAfterMutations(made: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(made.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver
    field.resolve = async (root, args, context: Context, info) => {
      try {
        return await resolve(root, args, context, info)
      } finally {
        context.loaders.clear()
      }
    }
  }
  return made
}
