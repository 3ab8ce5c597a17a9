import {
  type ExecutionArgs,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import type { Context } from '../context.ts'
import { isErrorCoded } from '../errors.ts'
import type { Coerced } from '../tariffs.ts'
import { executePlan } from './execute.ts'
import { compile, type SelectionPlan } from './plan.ts'

/** What is known of an operation of a document, however often it is executed. */
interface Compiled {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Variables that decide what is skipped or included. */
  readonly conditions: readonly string[]
  /** By the values of these. */
  readonly plans: Map<string, SelectionPlan | null>
}

export interface CompiledExecution extends Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'rootValue'> {
  readonly variables: Coerced
  readonly context: Context
}

const known = new WeakMap<OperationDefinitionNode, Compiled>()

/**
 * Executes a query by its compiled plan. Returns the JSON of its data; null where graphql has to execute it: it cannot be
 * compiled, or an error belongs into its result. Rejects with TOO_LARGE alone.
 */
export async function executeCompiled(execution: CompiledExecution): Promise<string | null> {
  const { document, operationName, variables } = execution
  const node = getOperationAST(document, operationName)
  if (node == null || node.operation === 'mutation') return null
  const compiled = known.get(node) ?? prepare(document, node)
  known.set(node, compiled)
  const plan = planOf(compiled, execution)
  if (plan === null) return null
  const { operation, fragments } = compiled
  try {
    return await executePlan(plan, { ...execution, rootValue: execution.rootValue, operation, fragments, variables })
  } catch (error) {
    if (isErrorCoded(error, 'TOO_LARGE')) throw error
    return null
  }
}

function planOf({ operation, fragments, conditions, plans }: Compiled, { schema, variables }: CompiledExecution) {
  const key = conditions.map((name) => String(variables[name])).join(' ')
  let plan = plans.get(key)
  if (plan === undefined) {
    plan = compile({ schema, fragments, variables }, operation)
    plans.set(key, plan)
  }
  return plan
}

function prepare(document: ExecutionArgs['document'], operation: OperationDefinitionNode): Compiled {
  const fragments = new Map(
    document.definitions.flatMap((of) => (of.kind === Kind.FRAGMENT_DEFINITION ? [[of.name.value, of] as const] : [])),
  )
  const conditions = new Set<string>()
  visit(document, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) conditions.add(value.name.value)
    },
  })
  return { operation, fragments, conditions: [...conditions], plans: new Map() }
}
