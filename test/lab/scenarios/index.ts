import type { Scenario } from '../scenario.ts';
import { acceptQueueFull, acceptQueueFullAtAck, acceptQueueFullAtCookie, neverAccepts } from './accept-queue.ts';
import { connectionChurn, poolPileUp } from './churn.ts';
import { connectFiltered, connectRefused, connectUnreachable, synLostOnce, unreachableAtOnce } from './connect-failure.ts';
import { duplicates } from './duplicates.ts';
import { fastOpenBlackHole, fastOpenWorks } from './fast-open.ts';
import { burst, busyAcceptQueue, halfCloser, healthyPool, healthyTimeWait } from './healthy.ts';
import { idleHalfOpen } from './idle-half-open.ts';
import { idleKeepAlive } from './idle-keep-alive.ts';
import { jitter } from './jitter.ts';
import { keepAliveUnanswered } from './keep-alive-unanswered.ts';
import { lossyScenarios } from './lossy.ts';
import { movedAfterSilence, movedAnsweringReset, movedToListener, movedUnannounced } from './moved-address.ts';
import { movedProperly } from './moved-properly.ts';
import { neighbourDead, ownLinkDown } from './own-network.ts';
import { peerVanishes } from './peer-vanishes.ts';
import { poolZombies, tupleReused } from './remnant.ts';
import { plainRestart, refusedOnce } from './restart.ts';
import { movedExactly, restoredScenarios } from './restored.ts';
import { shortOutage } from './short-outage.ts';
import { slowReader } from './slow-reader.ts';
import { slowServer } from './slow-server.ts';
import { stoppedAfterAccept, stoppedBeforeAccept } from './stopped-process.ts';
import { closeWaitLeak, finWait2Stuck, lastAckStuck } from './stuck-close.ts';
import { stuckTls } from './stuck-tls.ts';
import { synCookies, synQueueFull } from './syn-queue.ts';
import { portsExhausted, timeWaitBuildUp, timeWaitOverflow } from './time-wait.ts';
import { userTimeout } from './user-timeout.ts';

/** Every scenario of the lab, the long ones first: they are played side by side. */
export const scenarios: readonly Scenario[] = [
  movedAfterSilence,
  peerVanishes,
  movedUnannounced,
  connectionChurn,
  closeWaitLeak,
  timeWaitOverflow,
  ...lossyScenarios,
  jitter,
  lastAckStuck,
  healthyTimeWait,
  synQueueFull,
  synCookies,
  stoppedBeforeAccept,
  stoppedAfterAccept,
  neverAccepts,
  finWait2Stuck,
  acceptQueueFull,
  acceptQueueFullAtAck,
  acceptQueueFullAtCookie,
  poolPileUp,
  timeWaitBuildUp,
  slowServer,
  idleKeepAlive,
  ownLinkDown,
  neighbourDead,
  slowReader,
  stuckTls,
  connectFiltered,
  idleHalfOpen,
  keepAliveUnanswered,
  burst,
  busyAcceptQueue,
  healthyPool,
  synLostOnce,
  duplicates,
  ...restoredScenarios,
  movedExactly,
  shortOutage,
  userTimeout,
  fastOpenBlackHole,
  fastOpenWorks,
  plainRestart,
  halfCloser,
  tupleReused,
  poolZombies,
  movedAnsweringReset,
  portsExhausted,
  refusedOnce,
  connectRefused,
  connectUnreachable,
  unreachableAtOnce,
  movedToListener,
  movedProperly,
];
