import { describe, expect, it } from 'vitest';
import { placeIn } from '../../../src/core/model/cgroup.ts';

const ID = '3f2a1b9c0d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8';
const UID = '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
const NOWHERE = { runtime: null, container: null, podUid: null, unit: null };

describe('/proc/PID/cgroup', () => {
  it.each([
    ['docker, systemd driver, v2', `0::/system.slice/docker-${ID}.scope`, { runtime: 'docker', container: ID }],
    ['docker, cgroupfs driver, v2', `0::/docker/${ID}`, { runtime: 'docker', container: ID }],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, { runtime: 'podman', container: ID }],
    [
      'a pod, systemd driver',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
      { runtime: 'containerd', container: ID, podUid: UID },
    ],
    [
      'a guaranteed pod of cri-o',
      `0::/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice/crio-${ID}.scope`,
      { runtime: 'cri-o', container: ID, podUid: UID },
    ],
    ['a pod, cgroupfs driver', `0::/kubepods/besteffort/pod${UID}/${ID}`, { runtime: 'container', container: ID, podUid: UID }],
    ['a pod from a private cgroup namespace', `0::/../../pod${UID}/${ID}`, { runtime: 'container', container: ID, podUid: UID }],
    [
      'ECS on Fargate, with its short id',
      `0::/ecs/task/${'a'.repeat(32)}-1234567890`,
      { runtime: 'container', container: `${'a'.repeat(32)}-1234567890` },
    ],
    ['LXC', '0::/lxc.payload.web1/system.slice/nginx.service', { runtime: 'lxc', container: 'web1', unit: 'nginx.service' }],
    ['LXC of v1', '7:pids:/lxc/web1', { runtime: 'lxc', container: 'web1' }],
    ['nspawn', '0::/machine.slice/systemd-nspawn@deb.service/payload', { runtime: 'nspawn', container: 'deb' }],
    ['a service', '0::/system.slice/nginx.service', { unit: 'nginx.service' }],
    ['a container in a container', `0::/docker/${'b'.repeat(64)}/docker/${ID}`, { runtime: 'docker', container: ID }],
    ['nowhere in particular', '0::/', {}],
  ])('tells %s', (_story, text, place) => {
    expect(placeIn(`${text}\n`)).toEqual({ ...NOWHERE, ...place });
  });

  it('of v1 tells the container from whichever hierarchy names it', () => {
    const text = [
      '12:freezer:/',
      `9:memory:/docker/${ID}`,
      '1:name=systemd:/system.slice/docker.service',
      '0::/system.slice/docker.service',
    ].join('\n');
    expect(placeIn(text)).toEqual({ ...NOWHERE, runtime: 'docker', container: ID });
  });

  it('is never fooled by what only looks like an id, nor by colons in a path', () => {
    expect(placeIn(`0::/docker/${ID.slice(1)}`)).toEqual(NOWHERE);
    expect(placeIn(`0::/user.slice/a:b/${ID.toUpperCase()}`)).toEqual(NOWHERE);
    expect(placeIn('rubbish\n::\n\0')).toEqual(NOWHERE);
  });
});
