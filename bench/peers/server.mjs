/** One peer, over HTTP: `node server.mjs <kind> <file>`. Prints the port that it listens on. */
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { bareAnswer, loadingResolvers, makeContext, naiveResolvers, openData, typeDefs } from './schema.mjs'

const [kind, file] = process.argv.slice(2)
const data = openData(file)

/** graphql-js takes resolvers as properties of the types. */
function executable(resolvers) {
  const schema = buildSchema(typeDefs)
  for (const [type, fields] of Object.entries(resolvers))
    for (const [name, resolve] of Object.entries(fields)) schema.getType(type).getFields()[name].resolve = resolve
  return schema
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

const kinds = {
  async 'yoga-naive'() {
    const { createSchema, createYoga } = await import('graphql-yoga')
    const schema = createSchema({ typeDefs, resolvers: naiveResolvers(data) })
    return listen(createServer(createYoga({ schema, logging: false, graphiql: false })))
  },
  async 'yoga-loaders'() {
    const { createSchema, createYoga } = await import('graphql-yoga')
    const schema = createSchema({ typeDefs, resolvers: loadingResolvers(data) })
    const context = () => makeContext(data)
    return listen(createServer(createYoga({ schema, context, logging: false, graphiql: false })))
  },
  async apollo() {
    const { ApolloServer } = await import('@apollo/server')
    const { startStandaloneServer } = await import('@apollo/server/standalone')
    const server = new ApolloServer({ typeDefs, resolvers: loadingResolvers(data) })
    const context = async () => makeContext(data)
    const { url } = await startStandaloneServer(server, { context, listen: { port: 0, host: '127.0.0.1' } })
    return Number(new URL(url).port)
  },
  async 'mercurius-jit'() {
    const { default: Fastify } = await import('fastify')
    const { default: mercurius } = await import('mercurius')
    const app = Fastify()
    const { Query, Campaign } = naiveResolvers(data)
    const loaders = {
      Campaigncall: {
        outdialTarget: {
          loader: async (queries) => data.targets(queries.map(({ obj }) => obj.targetId)),
          opts: { cache: false },
        },
        agent: {
          async loader(queries) {
            const ids = queries.map(({ obj }) => obj.agentId)
            return data.agents(ids.map((id) => id ?? ''))
          },
          opts: { cache: false },
        },
      },
    }
    app.register(mercurius, { schema: typeDefs, resolvers: { Query, Campaign }, loaders, jit: 1 })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },
  async 'graphql-http'() {
    const { createHandler } = await import('graphql-http/lib/use/http')
    const handler = createHandler({ schema: executable(loadingResolvers(data)), context: () => makeContext(data) })
    return listen(createServer(handler))
  },
  async bare() {
    return listen(
      createServer(async (request, response) => {
        const chunks = []
        for await (const chunk of request) chunks.push(chunk)
        const { variables = {}, query } = JSON.parse(Buffer.concat(chunks).toString())
        const answer = query.includes('__typename') ? { data: { __typename: 'Query' } } : bareAnswer(data, variables)
        const text = JSON.stringify(answer)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        response.end(text)
      }),
    )
  },
}

console.log(await kinds[kind]())
