# Kipimo. `make run` and `make test` install what is missing, and skip what is done.
.PHONY: run test build prepare-queries

run: build
	@scripts/run.sh

build:
	@scripts/build.sh

test:
	@scripts/test.sh

# After changing SQL: writes what the compiler knows of the queries to .sqlx
prepare-queries:
	@scripts/prepare-queries.sh
