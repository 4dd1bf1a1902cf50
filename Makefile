# Short names for the scripts, which build with CMake first. ARGS goes to the script: make qemu ARGS="-m 64 --smp 4"
# make qemu-gdb PROGRAM=bin/ls loads that program's symbols as well.

.PHONY: all qemu qemu-gdb qemu-iso test bench format clean

all:
	@scripts/setup run
	@scripts/host/build.py release

qemu:
	@scripts/run $(ARGS)

qemu-gdb:
	@scripts/gdb $(PROGRAM) $(ARGS)

qemu-iso:
	@scripts/run --iso $(ARGS)

test:
	@scripts/test $(ARGS)

bench:
	@scripts/bench $(ARGS)

format:
	@scripts/format

clean:
	@for preset in build/*/build.ninja; do \
	    if [ -e "$$preset" ]; then cmake --build "$${preset%/build.ninja}" --target clean; fi; \
	done
