import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  SingleFieldSubscriptionsRule,
  type Source,
  specifiedRules,
  type ValidationContext,
  validate,
} from 'graphql'
import { limits } from '../limits.ts'
import { codedError, tooComplex } from './errors.ts'
import { countComparisons } from './repetition.ts'

/**
 * A subscription has one field, no introspection, and that may not be skipped (graphql-spec 860, as graphql 17 has it).
 * The rule of graphql 16 lets it be skipped, whereupon its execution breaks, and itself breaks when a variable decides.
 */
function subscriptionRootRule(context: ValidationContext): ASTVisitor {
  const refuse = (message: string, node: SelectionNode) =>
    context.reportError(new GraphQLError(message, { nodes: node }))
  return {
    OperationDefinition(operation) {
      if (operation.operation !== 'subscription') return
      const names = new Set<string>()
      for (const selection of rootSelections(operation, context)) {
        if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) {
          refuse('The root field of a subscription cannot be skipped or included on a condition.', selection)
        }
        if (selection.kind !== Kind.FIELD) continue
        if (selection.name.value.startsWith('__'))
          refuse('A subscription cannot select an introspection field.', selection)
        names.add(selection.alias?.value ?? selection.name.value)
        if (names.size === 2) refuse('A subscription must have exactly one root field.', selection)
      }
    },
  }
}

/** What is selected at the root of an operation, with what its fragments stand for. */
function rootSelections(operation: OperationDefinitionNode, context: ValidationContext): SelectionNode[] {
  const selections: SelectionNode[] = [...operation.selectionSet.selections]
  const spread = new Set<string>()
  // The array grows while it is walked.
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) selections.push(...selection.selectionSet.selections)
    if (selection.kind !== Kind.FRAGMENT_SPREAD || spread.has(selection.name.value)) continue
    spread.add(selection.name.value)
    selections.push(...(context.getFragment(selection.name.value)?.selectionSet.selections ?? []))
  }
  return selections
}

const rules = [...specifiedRules.filter((rule) => rule !== SingleFieldSubscriptionsRule), subscriptionRootRule]

/** Parses a document, on every transport. Throws a GraphQLError if it is not GraphQL, or has too many tokens. */
export function parseDocument(text: string | Source): DocumentNode {
  const { documentTokensMax: max } = limits
  try {
    return refusingDepth(() => parse(text, { maxTokens: max }))
  } catch (error) {
    // The parser stops there, and has no other sign for it than its message.
    if (
      !(error instanceof GraphQLError) ||
      !/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message)
    )
      throw error
    throw tooComplex(`A document has at most ${max} tokens.`, max + 1, max)
  }
}

/** The errors of a document, on every transport. */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  const repetition = refuseRepetition(document)
  return repetition === null ? refusingDepth(() => validate(schema, document, rules)) : [repetition]
}

/** graphql would take a second for the worst of them, in one go, and then give up by itself. */
function refuseRepetition(document: DocumentNode): GraphQLError | null {
  const { documentFieldsMax, documentComparisonsMax: max } = limits
  if ((document.tokenCount ?? 0) < smallDocumentTokens) return null
  const comparisons = countComparisons(document, documentFieldsMax)
  if (comparisons <= max) return null
  const message = 'The document selects fields of the same name too often in one place.'
  return tooComplex(message, Number.isFinite(comparisons) ? comparisons : documentFieldsMax, max)
}

/** With so few nothing can be repeated often. */
const smallDocumentTokens = 400

/** Thousands of braces exhaust the stack of whoever reads them: that is no defect of ours. */
function refusingDepth<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw codedError('GRAPHQL_PARSE_FAILED', 'The document is nested too deeply.')
  }
}
