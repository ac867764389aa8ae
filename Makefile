# Kipimo. `make run` and `make test` install what is missing, and skip what is done.
.PHONY: run test build bench prepare-queries

run: build
	@scripts/run.sh

build:
	@scripts/build.sh

test:
	@scripts/test.sh

# The server beside pgbench in one run: ratios, and target/bench/*.json. KIPIMO_BENCH_QUICK=1 takes four minutes
bench: build
	@scripts/bench.sh

# After changing SQL: writes what the compiler knows of the queries to .sqlx
prepare-queries:
	@scripts/prepare-queries.sh
