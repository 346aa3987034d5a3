/** Every command of `tapward`, in the order of its help. */
import { personaliseBadge } from './badge/personalise.ts';
import { rotateBadge } from './badge/rotate.ts';
import { badges, retireBadges } from './badges.ts';
import { exportPeople, importPeople } from './carry.ts';
import { issueCode } from './code.ts';
import type { Command } from './command.ts';
import { addPerson, setPerson } from './details.ts';
import { doctor } from './doctor/doctor.ts';
import { reloadPolicy, showEffective } from './effective.ts';
import { list as listEmergencies, review as reviewEmergency, setUp as setUpEmergency } from './emergency.ts';
import { enrol } from './enrol.ts';
import { createGroup, group, invite, joinGroup } from './group.ts';
import { registerKey } from './key.ts';
import { checkpoint, show, verify } from './ledger.ts';
import { disablePam, enablePam, pamStatus } from './pam.ts';
import { people, resetPin, revoke } from './people.ts';
import { check as checkPolicy, explainPolicy } from './policy.ts';
import { replaceBadge } from './replace.ts';
import { setup } from './setup/setup.ts';
import { createSiteKey } from './site-key.ts';
import { status } from './status.ts';
import { stepUpKey } from './step-up.ts';
import { supportBundle } from './support.ts';
import { trouble } from './trouble.ts';
import { goBack, upgrade } from './upgrade.ts';
import { why } from './why.ts';

export const commands: readonly Command[] = [
  setup,
  status,
  why,
  trouble,
  doctor,
  supportBundle,
  enrol,
  people,
  addPerson,
  setPerson,
  exportPeople,
  importPeople,
  group,
  createGroup,
  invite,
  joinGroup,
  issueCode,
  badges,
  retireBadges,
  replaceBadge,
  revoke,
  resetPin,
  personaliseBadge,
  rotateBadge,
  createSiteKey,
  registerKey,
  verify,
  show,
  checkpoint,
  stepUpKey,
  explainPolicy,
  checkPolicy,
  showEffective,
  reloadPolicy,
  setUpEmergency,
  listEmergencies,
  reviewEmergency,
  enablePam,
  disablePam,
  pamStatus,
  upgrade,
  goBack,
];
