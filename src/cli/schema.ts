import type { Command } from 'commander'

/** dialgraph schema print: the GraphQL schema as the code has it. */
export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('The GraphQL schema.')
    .command('print')
    .description('Print the schema in the GraphQL schema language.')
    .action(async () => {
      const { printedSchema } = await import('../graphql/schema.ts')
      process.stdout.write(printedSchema())
    })
}
