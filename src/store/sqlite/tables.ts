import type { Tables } from '../contract/store.ts'
import { createActiveflows } from './activeflows.ts'
import { createAgents } from './agents.ts'
import { createCampaigncalls } from './campaigncalls.ts'
import { createCampaigns } from './campaigns.ts'
import { createCreations } from './creations.ts'
import type { Connection } from './database.ts'
import { createEngines } from './engines.ts'
import { createInstallations } from './installations.ts'
import { createOutdialTargets } from './outdial-targets.ts'
import { createOutdials } from './outdials.ts'
import { createOutplans } from './outplans.ts'
import { createQueues } from './queues.ts'
import { createRecordings } from './recordings.ts'
import { createTransitions } from './transitions.ts'

/** Every table group over one connection. */
export function createTables(db: Connection): Tables {
  return {
    installations: createInstallations(db),
    engines: createEngines(db),
    creations: createCreations(db),
    outplans: createOutplans(db),
    outdials: createOutdials(db),
    outdialTargets: createOutdialTargets(db),
    queues: createQueues(db),
    agents: createAgents(db),
    campaigns: createCampaigns(db),
    campaigncalls: createCampaigncalls(db),
    activeflows: createActiveflows(db),
    recordings: createRecordings(db),
    transitions: createTransitions(db),
  }
}
