import { describe, expect, it } from 'vitest';
import { placeIn } from '../../../src/core/model/cgroup.ts';

const ID = '3f2a1b9c0d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8';
const NODE = 'b'.repeat(64);
const UID = '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f';
const UNDER = UID.replaceAll('-', '_');
const NOWHERE = { container: null, podUid: null, unit: null };
const by = (runtime: string, id = ID, outer: string | null = null) => ({ container: { runtime, id, outer } });

describe('/proc/PID/cgroup', () => {
  it.each([
    ['docker, systemd driver, v2', `0::/system.slice/docker-${ID}.scope`, by('docker')],
    ['docker, cgroupfs driver, v2', `0::/docker/${ID}`, by('docker')],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, by('podman')],
    [
      'podman without root, below its user’s own manager',
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
      { ...by('podman'), unit: 'user@1000.service' },
    ],
    [
      'a pod, systemd driver',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UNDER}.slice/cri-containerd-${ID}.scope`,
      { ...by('containerd'), podUid: UID },
    ],
    ['a guaranteed pod of cri-o', `0::/kubepods.slice/kubepods-pod${UNDER}.slice/crio-${ID}.scope`, { ...by('cri-o'), podUid: UID }],
    [
      'cri-o’s own monitor, which is in no container',
      `0::/kubepods.slice/kubepods-pod${UNDER}.slice/crio-conmon-${ID}.scope`,
      { podUid: UID, unit: `crio-conmon-${ID}.scope` },
    ],
    ['a pod of cri-o, cgroupfs driver', `0::/kubepods/burstable/pod${UID}/crio-${ID}`, { ...by('cri-o'), podUid: UID }],
    ['a pod, cgroupfs driver', `0::/kubepods/besteffort/pod${UID}/${ID}`, { ...by('container'), podUid: UID }],
    [
      'a pod of containerd whose driver is not kubelet’s',
      `0::/system.slice/containerd.service/kubepods-besteffort-pod${UNDER}.slice:cri-containerd:${ID}`,
      { ...by('containerd'), podUid: UID, unit: 'containerd.service' },
    ],
    ['a static pod', `0::/kubepods/burstable/pod${'0f'.repeat(16)}/${ID}`, { ...by('container'), podUid: '0f'.repeat(16) }],
    ['a pod from a private cgroup namespace', `0::/../../pod${UID}/${ID}`, { ...by('container'), podUid: UID }],
    [
      'a pod in kind, systemd driver: two containers deep',
      `0::/docker/${NODE}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UNDER}.slice/cri-containerd-${ID}.scope`,
      { ...by('containerd', ID, NODE), podUid: UID },
    ],
    [
      'a pod in kind, cgroupfs driver',
      `0::/system.slice/docker-${NODE}.scope/kubelet/kubepods/besteffort/pod${UID}/${ID}`,
      { ...by('container', ID, NODE), podUid: UID },
    ],
    ['a container whose cgroup is gone already', `0::/kubepods/besteffort/pod${UID}/${ID} (deleted)`, { ...by('container'), podUid: UID }],
    ['ECS on Fargate, with its short id', `0::/ecs/task/${'a'.repeat(32)}-1234567890`, by('container', `${'a'.repeat(32)}-1234567890`)],
    ['LXC', '0::/lxc.payload.web1/system.slice/nginx.service', { ...by('lxc', 'web1'), unit: 'nginx.service' }],
    ['LXC of v1', '7:pids:/lxc/web1', by('lxc', 'web1')],
    ['nspawn', '0::/machine.slice/systemd-nspawn@deb.service/payload', by('nspawn', 'deb')],
    ['a service', '0::/system.slice/nginx.service', { unit: 'nginx.service' }],
    ['a session', '0::/user.slice/user-1000.slice/session-3.scope', { unit: 'session-3.scope' }],
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
    expect(placeIn(text)).toEqual({ ...NOWHERE, ...by('docker') });
  });

  it('is never fooled by what only looks like an id, nor by colons in a path', () => {
    expect(placeIn(`0::/docker/${ID.slice(1)}`)).toEqual(NOWHERE);
    expect(placeIn(`0::/user.slice/a:b/${ID.toUpperCase()}`)).toEqual(NOWHERE);
    expect(placeIn(`0::/user.slice/a:docker:${ID.slice(1)}`)).toEqual(NOWHERE);
    expect(placeIn('rubbish\n::\n\0')).toEqual(NOWHERE);
  });

  it('says which container could have made up the one inside it', () => {
    const text = `0::/docker/${NODE}/docker/${'c'.repeat(64)}/kubepods/pod${UID}/${ID}`;
    expect(placeIn(text)).toEqual({ ...NOWHERE, ...by('container', ID, NODE), podUid: UID });
  });

  it('reads the longest and oddest path in no time', () => {
    const hostile = [`${'-pod'.repeat(1000)}`, `${'a-'.repeat(2000)}.slice`, `${':docker:'.repeat(500)}`, `kubepods-${'a'.repeat(4000)}`];
    const began = performance.now();
    for (const part of hostile) for (let i = 0; i < 100; i++) expect(placeIn(`0::/${part}/${part}`)).toEqual(NOWHERE);
    // 400 of them; a pattern that backtracks takes minutes.
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
