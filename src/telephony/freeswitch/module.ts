import { z } from 'zod'
import { oneLine, textThat } from '../../kernel/variable-types.ts'
import { defineDriver } from '../driver-module.ts'
import { isAgentEndpoint, isGateway, isLocalPath } from './commands.ts'
import { examineFreeswitch } from './examine.ts'
import { createFreeswitch, type FreeswitchOptions } from './freeswitch.ts'
import { parseSwitchUrl } from './wire.ts'

/** What an operator decides of a FreeSWITCH. */
export type FreeswitchSettings = Pick<
  Required<FreeswitchOptions>,
  'url' | 'password' | 'gateway' | 'agentEndpoint' | 'fetchScheme' | 'recordingsFolder'
>

export const freeswitch = defineDriver({
  name: 'freeswitch',
  variables: {
    DIALGRAPH_ESL_URL: textThat(
      (url) => parseSwitchUrl(url) !== null,
      'must be an address such as esl://127.0.0.1:8021',
    ).optional(),
    DIALGRAPH_ESL_PASSWORD: oneLine.optional(),
    DIALGRAPH_ESL_GATEWAY: textThat(isGateway, 'must be the name of a gateway').optional(),
    DIALGRAPH_ESL_AGENT_ENDPOINT: textThat(
      isAgentEndpoint,
      'must be a dial string with {extension} in it, such as user/{extension}',
    ).default('user/{extension}'),
    DIALGRAPH_ESL_FETCH_SCHEME: z.enum(['http_cache', 'http'], 'must be one of http_cache, http').default('http_cache'),
    DIALGRAPH_ESL_RECORDINGS_FOLDER: textThat(
      isLocalPath,
      'must be the path of a folder of the switch, such as /var/lib/recordings',
    ).optional(),
  },
  required: ['DIALGRAPH_ESL_URL', 'DIALGRAPH_ESL_PASSWORD', 'DIALGRAPH_ESL_GATEWAY'],
  callLimits: { callsPerSecond: 10, concurrentCallsMax: 100 },
  settingsOf: (values): FreeswitchSettings => ({
    url: values.DIALGRAPH_ESL_URL ?? '',
    password: values.DIALGRAPH_ESL_PASSWORD ?? '',
    gateway: values.DIALGRAPH_ESL_GATEWAY ?? '',
    agentEndpoint: values.DIALGRAPH_ESL_AGENT_ENDPOINT,
    fetchScheme: values.DIALGRAPH_ESL_FETCH_SCHEME,
    recordingsFolder: values.DIALGRAPH_ESL_RECORDINGS_FOLDER ?? null,
  }),
  create: (settings, { isSingleCall: _, ...parts }, { callsPerSecond, concurrentCallsMax: callsMax }) =>
    createFreeswitch({ ...settings, ...parts, callsPerSecond, callsMax }),
  examine: (settings, parts, { callsPerSecond, concurrentCallsMax: callsMax }) =>
    examineFreeswitch({ ...settings, ...parts, callsPerSecond, callsMax }),
  switchUrlOf: ({ url }) => url,
  isInProcess: () => false,
})
