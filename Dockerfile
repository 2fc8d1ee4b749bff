# Synoptic in a container. It observes the kernel it runs on, so it sees every container and process of that machine.
#
# Build:  docker build -t synoptic .
# Run:    docker run --init --network host --pid host \
#           --cap-drop ALL --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE --cap-add SETPCAP \
#           -v /sys/kernel/tracing:/sys/kernel/tracing:ro synoptic
#         then http://127.0.0.1:7373 on the host itself.
# Demo:   docker run --init --network host synoptic observe --demo       (a recorded incident; needs none of the privileges)
#
# Privileges, and why the image stays root: bpftrace up to 0.24 refuses every uid but 0, and a Node process that is not root cannot start
# it. What it really needs are two capabilities, BPF and PERFMON; SYS_ADMIN as well before Linux 5.8, and where kernel.perf_event_paranoid is
# 3 or more, as on Debian's kernels. SYS_PTRACE lets `ss` name the owners of sockets that were there before, SETPCAP lets Synoptic cut
# bpftrace's own bounding set; IPC_LOCK, where it is added, gives bpftrace buffers of 2048 pages instead of 64. Further:
#   seccomp         Docker's default profile allows bpf() and perf_event_open() once these capabilities are given
#   tracefs         /sys/kernel/tracing of the host, read-only; a container has none of its own
#   network host    so that the readiness connection, `ss` and /proc/net show the host's namespace; also makes loopback the host's
#   pid host        so that process ids and names are the host's

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends bpftrace iproute2 util-linux ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bpf bpf
# Read where they lie, for tsc copies neither: what starts bpftrace, and the recorded incident.
COPY src/sources/bpftrace/keeper.sh src/sources/bpftrace/
COPY src/sources/replay/demo.capture src/sources/replay/
COPY package.json README.md CHANGELOG.md LICENSE ./
ENV NODE_ENV=production
EXPOSE 7373
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7373/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["observe"]
