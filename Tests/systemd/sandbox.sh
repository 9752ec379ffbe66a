#!/bin/bash
# A real systemd, PID 1 of namespaces of its own, on an overlay of this machine's root: what it writes goes to memory
# and is thrown away. Only the loopback interface, no host services.
#   sandbox.sh up              boots; returns when the manager runs
#   sandbox.sh exec COMMAND    runs a command inside, with its exit status
#   sandbox.sh down            ends it and removes its traces; may be called at any time
#   sandbox.sh possible        says why it cannot be, and fails, where it cannot
# SANDBOX names its folder (default /tmp/supertile-sandbox), SANDBOX_SIZE the memory for what it writes (default 3g).
# Needs root, systemd, util-linux, overlayfs and cgroup2.
set -euo pipefail
box=${SANDBOX:-/tmp/supertile-sandbox}
self=$(readlink -f "$0")
systemd=/lib/systemd/systemd

cgroup_root() { findmnt -rn -t cgroup2 -o TARGET | head -1; }

possible() {
  [ "$(id -u)" = 0 ] || { echo "not root"; return 1; }
  [ -x $systemd ] || { echo "no systemd on this machine"; return 1; }
  [ -n "$(cgroup_root)" ] || { echo "no cgroup2 file system is mounted"; return 1; }
  grep -qw overlay /proc/filesystems || { echo "no overlayfs"; return 1; }
  unshare --mount --pid --fork true 2>/dev/null || { echo "namespaces cannot be made"; return 1; }
}

# Runs as PID 1 of the new namespaces: makes the root, hands over to systemd.
inner() {
  local root=$box/mem/root unit
  mount --make-rprivate /
  mount -t tmpfs -o "size=${SANDBOX_SIZE:-3g},mode=755" sandbox "$box/mem"
  mkdir -p "$box"/mem/{upper,work} "$root"
  mount -t overlay -o "lowerdir=/,upperdir=$box/mem/upper,workdir=$box/mem/work" sandbox "$root"
  mkdir -p "$root"/{proc,sys,dev,run,tmp}
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  mount -t tmpfs -o mode=755 run "$root/run"
  mount -t tmpfs -o mode=1777 tmp "$root/tmp"
  for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"; done
  mknod -m 666 "$root/dev/tty" c 5 0
  mkdir "$root"/dev/{pts,shm}
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
  ln -s /proc/self/fd "$root/dev/fd"
  for unit in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${unit%:*}" "$root/dev/${unit#*:}"; done
  # None of this machine's own services, nothing that needs hardware or the network.
  rm -rf "$root/etc/systemd/system"
  mkdir -p "$root/etc/systemd/system" "$root/etc/systemd/journald.conf.d"
  for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-timesyncd.service systemd-networkd.service systemd-resolved.service \
    systemd-journald-audit.socket systemd-update-utmp.service systemd-update-utmp-runlevel.service getty.target \
    console-getty.service sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount \
    dev-mqueue.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service systemd-remount-fs.service tmp.mount \
    swap.target systemd-modules-load.service systemd-sysctl.service systemd-hwdb-update.service ldconfig.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-random-seed.service \
    systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer; do
    ln -s /dev/null "$root/etc/systemd/system/$unit"
  done
  : > "$root/etc/fstab"
  echo sandbox > "$root/etc/hostname"
  rm -rf "$root/var/log/journal"
  printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\n' \
    > "$root/etc/systemd/journald.conf.d/sandbox.conf"
  printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' \
    > "$root/etc/systemd/system/sandbox.target"
  hostname sandbox
  ip link set lo up 2>/dev/null || true
  mkdir -p "$root/.old"
  cd "$root"
  pivot_root . .old
  umount -l /.old
  rmdir /.old
  exec env -i container=sandbox PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    $systemd --system --unit=sandbox.target --log-target=journal --show-status=no
}

enter() {
  local leader
  leader=$(cat "$box/leader" 2>/dev/null) && [ -d "/proc/$leader" ] || { echo "the sandbox is not up" >&2; return 125; }
  nsenter -t "$leader" -m -u -i -n -p -C -r -w env -i TERM=dumb HOME=/root LANG=C.UTF-8 SYSTEMD_PAGER= \
    SYSTEMD_COLORS=0 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

up() {
  local cgroup outer child state=
  possible
  [ ! -e "$box/leader" ] || { echo "already up: $box" >&2; exit 1; }
  cgroup=$(cgroup_root)/supertile-sandbox-$$
  mkdir -p "$box/mem" "$cgroup"
  echo "$cgroup" > "$box/cgroup"
  (
    echo 0 > "$cgroup/cgroup.procs"
    exec setsid unshare --mount --pid --fork --uts --ipc --net --cgroup bash "$self" __inner
  ) </dev/null >"$box/log" 2>&1 &
  outer=$!
  disown
  for _ in $(seq 300); do
    child=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null || true)
    child=${child%% *}
    if [ -n "$child" ] && [ "$(cat "/proc/$child/comm" 2>/dev/null)" = systemd ]; then
      echo "$child" > "$box/leader"
      break
    fi
    [ -d "/proc/$outer" ] || break
    sleep 0.02
  done
  for _ in $(seq 300); do
    state=$(enter systemctl is-system-running 2>/dev/null || true)
    case $state in running | degraded) return 0 ;; esac
    sleep 0.1
  done
  cat "$box/log" >&2
  down
  echo "systemd did not come up" >&2
  exit 1
}

down() {
  local leader cgroup
  leader=$(cat "$box/leader" 2>/dev/null || true)
  cgroup=$(cat "$box/cgroup" 2>/dev/null || true)
  if [ -n "$leader" ] && [ -d "/proc/$leader" ]; then kill -KILL "$leader" 2>/dev/null || true; fi
  if [ -n "$cgroup" ] && [ -d "$cgroup" ]; then
    echo 1 > "$cgroup/cgroup.kill" 2>/dev/null || true
    sleep 0.3
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
  fi
  rm -rf --one-file-system "$box"
}

case ${1:-} in
  __inner) inner ;;
  possible) possible ;;
  up) up ;;
  down) down ;;
  exec) shift; enter "$@" ;;
  *) sed -n '2,9p' "$self"; exit 64 ;;
esac
