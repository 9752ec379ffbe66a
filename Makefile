# Two commands: `make demo` shows Supertile at work, `make test` tests it. Both begin with `make deps`.

SHELL := /bin/bash
PACKAGES := libgdal-dev libopenblas-dev libinotifytools0-dev libsystemd-dev libsqlite3-dev pkg-config gdal-bin \
	python3-jsonschema zip unzip binutils libc6-dev libstdc++-12-dev libgcc-12-dev libcurl4-openssl-dev \
	libedit2 libncurses6 libxml2 zlib1g-dev tzdata git ca-certificates make curl
# What `make deb` needs beside.
DEB_PACKAGES := dpkg-dev lintian man-db xz-utils
VERSION := $(shell sed -n 's/.*current = "\(.*\)"/\1/p' Sources/Pipeline/SupertileVersion.swift)
DESTDIR :=
prefix := /usr
SUPERTILE := .build/release/supertile
DEMO := demo

.PHONY: install deb deb-deps programs systemd-test
.PHONY: demo test deps build lint sanitize format real-revisits kill-test training-test evaluation peers clean

demo: deps build
	Benchmarks/demo.sh $(SUPERTILE) $(DEMO)

test: deps lint sanitize
	swift build --build-tests -c release
	swift test -c release --skip-build --skip DaemonTests
	@# By themselves: they time and catch what daemons do, which many other tests beside them would hold up.
	swift test -c release --skip-build --filter DaemonTests

# Installs the Debian packages that are missing; does nothing, and needs no rights, where none is.
deps:
	@missing=(); for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing+=($$package); \
	done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  echo "installing $${missing[*]}"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
	fi
	@command -v swift >/dev/null || { echo "no Swift toolchain on the PATH: install Swift 6.3 from swift.org"; exit 1; }

build:
	swift build -c release --product supertile

# The C kernels under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	@mkdir -p .build/sanitize
	clang -std=gnu11 -g -O1 -Wall -Wextra -Werror -fuse-ld=lld -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -ISources/CKernels/include Sources/CKernels/*.c Tests/KernelSanitizer/main.c -lm -o .build/sanitize/kernels
	.build/sanitize/kernels

# Training, its tests and the comparison are Python, in an environment of their own: training/.venv.
PYTHON := training/.venv/bin/python

$(PYTHON): training/requirements.txt
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) deps PACKAGES=python3-venv
	python3 -m venv training/.venv
	$(PYTHON) -m pip install --quiet --requirement training/requirements.txt
	@touch $@

training-test: $(PYTHON)
	cd training && .venv/bin/python -m pytest -q

# The tables that the weights are judged by: DATA=folder of the data sets, PEER=the CARN network (optional).
# Tables in demo/evaluation, and evaluation.html with the pictures.
evaluation: deps build $(PYTHON)
	Benchmarks/evaluation.sh $(SUPERTILE) $(PYTHON) "$(DATA)" $(DEMO)/evaluation "$(PEER)"

# PyTorch, ONNX Runtime and OpenVINO on the same network, in turn with Supertile: Benchmarks/results/peers.md.
# PEER=the CARN network (optional).
peers: deps build
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) deps PACKAGES=python3-venv
	Benchmarks/peers.sh $(SUPERTILE) "$(PEER)"

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

format:
	swift format --in-place --recursive Package.swift Sources Tests

# SIGKILL at random moments, 50 times: the store never shows a part of an item, and the next run finishes the work.
kill-test: build
	Benchmarks/kill-test.sh $(SUPERTILE) 50

# Real Sentinel-2 revisits, packaged as products: VIEWS=folder of GeoTIFFs named by date.
real-revisits: build
	Benchmarks/real-revisits.sh $(SUPERTILE) "$(VIEWS)" $(DEMO)/real

# Both programs with the Swift runtime linked in: they run where there is no toolchain.
STATIC := .build/static
programs: deps
	swift build -c release --static-swift-stdlib --scratch-path $(STATIC) --product supertile
	swift build -c release --static-swift-stdlib --scratch-path $(STATIC) --product supertiled

# Copies what `make programs` has built; needs no toolchain, so that sudo may run it.
install:
	@[ -x $(STATIC)/release/supertile ] && [ -x $(STATIC)/release/supertiled ] || \
	  { echo "nothing is built: run 'make programs' first, without sudo" >&2; exit 1; }
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/share/supertile/models $(DESTDIR)/etc/supertile
	install -m 755 $(STATIC)/release/supertile $(STATIC)/release/supertiled $(DESTDIR)$(prefix)/bin
	install -m 644 models/highresnet-rgb-x2.json models/highresnet-rgb-x2.safetensors \
	  models/hrnet-buildings.json models/hrnet-buildings.safetensors models/README.md \
	  $(DESTDIR)$(prefix)/share/supertile/models
	[ -e $(DESTDIR)/etc/supertile/supertile.yaml ] || \
	  install -m 644 config/supertile.yaml $(DESTDIR)/etc/supertile/supertile.yaml
	install -d $(DESTDIR)$(prefix)/lib/systemd/system $(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d
	sed 's|/usr/bin/|$(prefix)/bin/|' systemd/supertiled.service > $(DESTDIR)$(prefix)/lib/systemd/system/supertiled.service
	install -m 644 systemd/supertile.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/supertile.conf
	install -m 644 systemd/supertile.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/supertile.conf
	install -d $(addprefix $(DESTDIR)$(prefix)/share/man/man,1 5 8)
	gzip -9nc man/supertile.1 > $(DESTDIR)$(prefix)/share/man/man1/supertile.1.gz
	gzip -9nc man/supertiled.8 > $(DESTDIR)$(prefix)/share/man/man8/supertiled.8.gz
	packaging/configuration-manual.sh config/supertile.yaml | gzip -9nc \
	  > $(DESTDIR)$(prefix)/share/man/man5/supertile.yaml.5.gz
	install -d $(DESTDIR)$(prefix)/share/bash-completion/completions $(DESTDIR)$(prefix)/share/zsh/vendor-completions \
	  $(DESTDIR)$(prefix)/share/fish/vendor_completions.d
	for program in supertile supertiled; do \
	  $(STATIC)/release/$$program --generate-completion-script bash | sed '1{/^#!/d}' \
	    > $(DESTDIR)$(prefix)/share/bash-completion/completions/$$program && \
	  $(STATIC)/release/$$program --generate-completion-script zsh \
	    > $(DESTDIR)$(prefix)/share/zsh/vendor-completions/_$$program && \
	  $(STATIC)/release/$$program --generate-completion-script fish \
	    > $(DESTDIR)$(prefix)/share/fish/vendor_completions.d/$$program.fish || exit 1; \
	done

deb-deps:
	@$(MAKE) --no-print-directory deps PACKAGES="$(PACKAGES) $(DEB_PACKAGES)"

# Leaves supertile_VERSION_amd64.deb here, and checks it.
deb: deb-deps programs
	rm -rf .build/deb
	$(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/.build/deb prefix=/usr
	packaging/deb.sh $(VERSION) .build/deb
	lintian --fail-on error supertile_$(VERSION)_amd64.deb

# The package in a real systemd, booted in namespaces of its own; skips, and says why, where that cannot be.
systemd-test:
	Tests/systemd/run.sh supertile_$(VERSION)_amd64.deb

clean:
	rm -rf .build $(DEMO)
