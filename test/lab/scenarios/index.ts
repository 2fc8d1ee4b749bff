import type { Scenario } from '../scenario.ts';
import { acceptQueueFull, acceptQueueFullAtAck, neverAccepts } from './accept-queue.ts';
import { idleHalfOpen } from './idle-half-open.ts';
import { keepAliveUnanswered } from './keep-alive-unanswered.ts';
import { movedAfterSilence, movedAnsweringReset, movedUnannounced } from './moved-address.ts';
import { peerVanishes } from './peer-vanishes.ts';
import { stoppedAfterAccept, stoppedBeforeAccept } from './stopped-process.ts';
import { userTimeout } from './user-timeout.ts';

/** Every scenario of the lab, the long ones first: they are played side by side. */
export const scenarios: readonly Scenario[] = [
  peerVanishes,
  movedAfterSilence,
  movedUnannounced,
  stoppedBeforeAccept,
  stoppedAfterAccept,
  neverAccepts,
  acceptQueueFull,
  acceptQueueFullAtAck,
  idleHalfOpen,
  keepAliveUnanswered,
  userTimeout,
  movedAnsweringReset,
];
