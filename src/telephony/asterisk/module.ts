import { z } from 'zod'
import { oneLine, textThat } from '../../kernel/variable-types.ts'
import { defineDriver } from '../driver-module.ts'
import { type AsteriskOptions, createAsterisk } from './asterisk.ts'
import { examineAsterisk } from './examine.ts'
import { modes } from './placing.ts'
import { isAgentEndpoint, isName, parseInterfaceUrl } from './settings.ts'

/** What an operator decides of an Asterisk. */
export type AsteriskSettings = Pick<
  Required<AsteriskOptions>,
  'url' | 'username' | 'password' | 'trunk' | 'mode' | 'agentEndpoint' | 'app' | 'context'
>

export const asterisk = defineDriver({
  name: 'asterisk',
  variables: {
    DIALGRAPH_ARI_URL: textThat(
      (url) => parseInterfaceUrl(url) !== null,
      'must be an address such as http://127.0.0.1:8088/ari',
    ).optional(),
    DIALGRAPH_ARI_USERNAME: oneLine.optional(),
    DIALGRAPH_ARI_PASSWORD: oneLine.optional(),
    DIALGRAPH_ARI_TRUNK: textThat(isName, 'must be the name of a PJSIP endpoint').optional(),
    DIALGRAPH_ARI_MODE: z.enum(modes, `must be one of ${modes.join(', ')}`).default('app'),
    DIALGRAPH_ARI_AGENT_ENDPOINT: textThat(
      isAgentEndpoint,
      'must be a dial string with {extension} in it, such as PJSIP/{extension}',
    ).default('PJSIP/{extension}'),
    DIALGRAPH_ARI_APP: textThat(isName, 'must be the name of an application').default('dialgraph'),
    DIALGRAPH_ARI_CONTEXT: textThat(isName, 'must be the name of a context of the dialplan').default(
      'dialgraph-answer',
    ),
  },
  required: ['DIALGRAPH_ARI_URL', 'DIALGRAPH_ARI_USERNAME', 'DIALGRAPH_ARI_PASSWORD', 'DIALGRAPH_ARI_TRUNK'],
  callLimits: { callsPerSecond: 10, concurrentCallsMax: 100 },
  settingsOf: (values): AsteriskSettings => ({
    url: values.DIALGRAPH_ARI_URL ?? '',
    username: values.DIALGRAPH_ARI_USERNAME ?? '',
    password: values.DIALGRAPH_ARI_PASSWORD ?? '',
    trunk: values.DIALGRAPH_ARI_TRUNK ?? '',
    mode: values.DIALGRAPH_ARI_MODE,
    agentEndpoint: values.DIALGRAPH_ARI_AGENT_ENDPOINT,
    app: values.DIALGRAPH_ARI_APP,
    context: values.DIALGRAPH_ARI_CONTEXT,
  }),
  create(settings, { isSingleCall, ...parts }, { callsPerSecond, concurrentCallsMax: callsMax }) {
    // An application of its own: a dialer that is running keeps its event stream.
    const own = isSingleCall ? { mode: 'app' as const, app: `dialgraph-call-${parts.installationId}` } : {}
    return createAsterisk({ ...settings, ...own, ...parts, callsPerSecond, callsMax, ownCallsOnly: isSingleCall })
  },
  examine: (settings, parts) => examineAsterisk({ ...settings, ...parts }),
  switchUrlOf: ({ url }) => url,
  isInProcess: () => false,
})
