import type { Command } from 'commander'
import { printedSchema } from '../graphql/schema.ts'

/** dialgraph schema print: the GraphQL schema as the code has it. */
export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('The GraphQL schema.')
    .command('print')
    .description('Print the schema in the GraphQL schema language.')
    .action(() => {
      process.stdout.write(printedSchema())
    })
}
