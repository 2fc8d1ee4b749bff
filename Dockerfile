# Synoptic in a container. It observes the kernel it runs on, so it sees every container and process of that machine.
#
# Build:  docker build -t synoptic .              (or podman, or buildah bud --format docker; NODE and DEBIAN may be other images)
# Run:    docker run --init --network host --pid host --read-only --tmpfs /tmp \
#           --cap-drop ALL --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE --cap-add SETPCAP --cap-add SETUID --cap-add SETGID \
#           --security-opt no-new-privileges -v /sys/kernel/tracing:/sys/kernel/tracing:ro -v synoptic:/var/lib/synoptic synoptic
#         then http://127.0.0.1:7373 on the host itself.
# Demo:   docker run --init --network host --user synoptic --cap-drop ALL synoptic observe --demo     (a recorded incident, no privileges)
#
# What each of these grants and why, Compose and a Kubernetes DaemonSet: scripts/container/README.md.
# Two privilege domains: the entry point starts as root, because Docker gives capabilities to root alone and bpftrace up to 0.24 refuses
# anybody else; a small shell, which starts and stops bpftrace and nothing else, stays root; Node, which parses and serves, becomes `synoptic`.

# The newest bpftrace that Debian has outside unstable: 0.27.
ARG DEBIAN=debian:forky-slim
ARG NODE=node:24-trixie-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY scripts/vite.config.ts scripts/
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM ${DEBIAN}
RUN apt-get update \
 && apt-get install -y --no-install-recommends bpftrace iproute2 util-linux libstdc++6 libatomic1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /usr/share/doc /usr/share/man /usr/share/locale \
 && useradd --system --uid 737 --home-dir /nonexistent --shell /usr/sbin/nologin synoptic \
 && install -d -m 0700 -o synoptic -g synoptic /var/lib/synoptic
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
# koffi is loaded from there; what dist/ holds of the others goes with their licences.
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bpf bpf
# Read where they lie, for the build copies neither: what starts bpftrace, and the recorded incident.
COPY src/sources/bpftrace/keeper.sh src/sources/bpftrace/
COPY src/sources/replay/demo.capture src/sources/replay/
COPY package.json README.md CHANGELOG.md LICENSE ./
ENV NODE_ENV=production
EXPOSE 7373
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7373/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["observe", "--user", "synoptic"]
