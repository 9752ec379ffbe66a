#!/bin/bash
# Makes supertile_VERSION_amd64.deb from what `make install` gives.
#   deb.sh VERSION STAGE    STAGE: the folder that was installed into
set -euo pipefail
version=$1
stage=$(readlink -f "$2")
here=$(dirname "$(readlink -f "$0")")
target=$PWD/supertile_${version}_amd64.deb
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

doc=$stage/usr/share/doc/supertile
mkdir -p "$stage/DEBIAN" "$doc"
sed "s/@YEAR@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y)/" "$here/copyright" > "$doc/copyright"
printf 'supertile (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- Supertile <supertile@users.noreply.github.com>  %s\n' \
  "$version" "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n > "$doc/changelog.gz"
# Yams carries libyaml in its sources; the Swift package manager has no way to take the system's.
mkdir -p "$stage/usr/share/lintian/overrides"
for program in supertile supertiled; do
  echo "supertile: embedded-library libyaml [usr/bin/$program]"
done > "$stage/usr/share/lintian/overrides/supertile"
for program in supertile supertiled; do strip --strip-unneeded "$stage/usr/bin/$program"; done

# Dependencies, as the linked libraries have them; GDAL and OpenBLAS are loaded when they are called.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: supertile\nPackage: supertile\nArchitecture: amd64\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "$stage/usr/bin/supertile" "$stage/usr/bin/supertiled" 2>/dev/null |
  sed -n 's/^shlibs:Depends=//p')
cat > "$stage/DEBIAN/control" <<CONTROL
Package: supertile
Version: $version
Architecture: amd64
Maintainer: Supertile <supertile@users.noreply.github.com>
Installed-Size: $(du -k -s --exclude=DEBIAN "$stage" | cut -f1)
Depends: $depends, libgdal32, libopenblas0, adduser | systemd, systemd
Section: science
Priority: optional
Description: sharper maps from Sentinel-2 revisits
 Supertile takes Sentinel-2 Level-2A products as they are delivered, groups the
 revisits of each MGRS tile within a time window, fuses them into one image with
 5 m pixels by colour-consistent multi-image super-resolution, and publishes a
 Cloud-Optimized GeoTIFF with a STAC item and a consistency certificate.
 .
 The package holds the program supertile, the daemon supertiled, which watches
 drop folders, and the weights of the network.
CONTROL
echo /etc/supertile/supertile.yaml > "$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "$here/$script" "$stage/DEBIAN/$script"; done
(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -print | sed 's|^\./||' | sort | xargs -d '\n' md5sum) \
  > "$stage/DEBIAN/md5sums"
chmod -R u+rwX,go+rX,go-w "$stage"
dpkg-deb --root-owner-group -Zxz --build "$stage" "$target"
