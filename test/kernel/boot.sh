#!/usr/bin/env bash
# boot.sh - boots one Debian kernel in QEMU, runs one command in it as root, and comes back with its output and status.
#
# Usage:   boot.sh -k KERNEL -r ROOT.img -a APP.img [-t SECONDS] [-l CONSOLE.log] -- COMMAND…
#   KERNEL   a folder with a kernel package unpacked: linux-image-*, or linux-binary-* and linux-modules-*
#   ROOT     ext4, never written to: / of the machine;  APP: likewise, its /app
# Needs:   qemu-system-x86, busybox-static, xz-utils, zstd where a kernel's modules want it; no root, no KVM.
# Why so:  KVM is not to be had on every CI machine: tcg. QEMU 7.2 corrupts memory in cmpxchg16b, and 6.12 panics in every other boot: -cx16.
#          With five-level page tables Node crashed once at its start: -la57. With a thread of the host for each processor (thread=multi) three of
#          some forty starts of Node and bpftrace waited for ever while the host had nothing else to do; with one for both none did, in the same minutes.
# Exit:    the command's own · 124 it ran past -t · 125 the machine ended first
set -eu
limit=600 log='' kernel='' root='' app=''
while getopts k:r:a:t:l: option; do
  case $option in
    k) kernel=${OPTARG%/} ;;
    r) root=$OPTARG ;;
    a) app=$OPTARG ;;
    t) limit=$OPTARG ;;
    l) log=$OPTARG ;;
    *) exit 64 ;;
  esac
done
shift $((OPTIND - 1))
: "${kernel:?-k}" "${root:?-r}" "${app:?-a}" "${1:?command}"

# /boot up to 6.12, /usr/lib/modules/VERSION/vmlinuz since packages are split
vmlinuz=$(find "$kernel" -name 'vmlinuz*' -type f | head -n 1)
[ -n "$vmlinuz" ] || { echo "boot.sh: no vmlinuz under $kernel" >&2; exit 66; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The initramfs: busybox, the modules that reach the disks and the network of the tests, /init.
mkdir -p "$work"/t/{bin,mods,proc,sys,dev,lower,rw,root}
cp "$(command -v busybox)" "$work/t/bin/busybox"
number=10 # in the order to load; what a kernel has built in is simply not found
for module in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk \
  crc16 crc32c_generic libcrc32c mbcache jbd2 ext4 overlay veth inet_diag tcp_diag; do
  file=$(find "$kernel" -name "$module.ko*" -type f | head -n 1)
  [ -n "$file" ] || continue
  case $file in *.xz) xz -dc "$file" ;; *.zst) zstd -dc "$file" ;; *) cat "$file" ;; esac >"$work/t/mods/$number-$module.ko"
  number=$((number + 1))
done
{ printf 'exec'; printf " '%s'" "$@"; echo; } >"$work/t/command"
cat >"$work/t/init" <<'EOF'
#!/bin/busybox sh
/bin/busybox --install -s /bin; export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for m in /mods/*.ko; do insmod $m || echo "init: $m"; done
i=0; while [ ! -b /dev/vdb ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
mount -t ext4 -o ro,noload /dev/vda /lower && mount -t tmpfs rw /rw && mkdir /rw/u /rw/w &&
  mount -t overlay -o lowerdir=/lower,upperdir=/rw/u,workdir=/rw/w overlay /root || poweroff -f
mkdir -p /root/app /root/dev /root/proc /root/sys /root/tmp /root/run
mount -t ext4 -o ro,noload /dev/vdb /root/app || poweroff -f
for d in proc sys dev; do mount -o move /$d /root/$d; done
mount -t tmpfs tmp /root/tmp; mount -t tmpfs run /root/run
mkdir -p /root/dev/pts /root/dev/shm; mount -t devpts devpts /root/dev/pts; mount -t tmpfs shm /root/dev/shm
mount -t tracefs tracefs /root/sys/kernel/tracing; mount -t bpf bpf /root/sys/fs/bpf; mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
ip link set lo up; hostname matrix
ln -s /proc/self/fd /root/dev/fd # udev's work; bpftrace 0.27 compiles through /dev/fd/N
D=/root/dev
for n in 1 2 3; do stty -F $D/ttyS$n raw -echo 115200; done
cp /command /root/tmp/command
chroot /root /bin/sh -c 'cd /app; export HOME=/tmp PATH=/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; . /tmp/command' \
  <$D/null >$D/ttyS1 2>$D/ttyS2
echo $? >$D/ttyS3; for n in 1 2 3; do stty -F $D/ttyS$n sane; done; sync
poweroff -f
EOF
chmod 755 "$work/t/init"
(cd "$work/t" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null) >"$work/initrd"

log=${log:-$work/console}
: >"$work/out" >"$work/err" >"$work/rc"
status=0
disk() { echo "-drive if=none,id=$1,file=$2,format=raw,readonly=on,file.locking=off -device virtio-blk-pci,drive=$1"; }
# shellcheck disable=SC2046 # words
timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=single -cpu "${CPU:-max,-cx16,-la57}" -M pc -smp 2 -m 2048 -nodefaults -display none \
  -no-reboot -kernel "$vmlinuz" -initrd "$work/initrd" \
  -append 'console=ttyS0 quiet loglevel=4 panic=-1 tsc=reliable mitigations=off' \
  $(disk root "$root") $(disk app "$app") \
  -serial file:"$log" -serial file:"$work/out" -serial file:"$work/err" -serial file:"$work/rc" </dev/null >&2 || status=$?
cat "$work/out"
cat "$work/err" >&2
if [ "$status" = 124 ]; then echo "boot.sh: past $limit s" >&2; exit 124; fi
read -r code <"$work/rc" || code=''
code=${code%$'\r'}
case $code in
  '' | *[!0-9]*)
    echo "boot.sh: the machine ended before the command did; the console's last lines:" >&2
    tail -n 15 "$log" >&2
    exit 125
    ;;
esac
exit "$code"
