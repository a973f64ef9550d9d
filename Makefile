# The stamp is written last: a half-made environment is never taken for a whole one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONNOUSERSITE := 1

.PHONY: help demo test check bench-check bench-describe bench-notes bench-redact bench-lastlook bench-anonymise bench-engines bench-merge bench-seal bench-transport bench-audit bench-linking bench-linking-scale bench-linking-attack fuzz-seal test-spark lock clean

help:
	@echo "make demo    run the main job: three CSOs, their recipients and an auditor, on this machine"
	@echo "make test    run the tests (set-up included)"
	@echo "make check   lint, types, layers"
	@echo "make bench-check  time exchange check beside fastexcel alone"
	@echo "make bench-describe  time writing a bundle beside XlsxWriter alone"
	@echo "make bench-notes  measure how well case notes are cleaned"
	@echo "make bench-redact    time and weigh redaction beside pandas that reads and writes the same rows"
	@echo "make bench-lastlook  measure how often the last look stops what is innocent"
	@echo "make bench-anonymise  exchange anonymise beside anjana, checked by pycanon"
	@echo "make bench-seal     time sealing and opening 1 GiB beside age, tar, sha256sum and ssh-keygen"
	@echo "make bench-transport  time SFTP beside OpenSSH's sftp, over an sshd and a far link of its own"
	@echo "make bench-merge    twelve senders' sealed bundles, 20,000 rows, until each person is there once"
	@echo "make bench-audit    appending, verifying and proving a log of a million entries, beside SQLite and pymerkle"
	@echo "make bench-linking  find the reports of one person beside splink, recordlinkage and anonlink"
	@echo "make bench-linking-scale   the same among a million reports, and 20,000 added, beside splink: time, memory"
	@echo "make bench-linking-attack  guess names from match tokens and filters, as an attacker would"
	@echo "make bench-engines    anonymise a file larger than the memory given"
	@echo "make fuzz-seal    open spoiled sealed files for SECONDS=60 of processor time, from SEED=0"
	@echo "make test-spark  run the tests of Spark, which is an extra (needs Java 17; 300 MB)"
	@echo "make lock    renew the lock files"

demo: $(VENV)/run.stamp
	$(BIN)/exchange demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

bench-notes: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.notes

bench-redact: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.redact

bench-lastlook: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.last_look

bench-check: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.check

bench-describe: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.describe

bench-anonymise: $(VENV)/run.stamp .venv-peers/stamp
	$(BIN)/python -m benchmarks.anonymise --peers .venv-peers/bin/python

bench-engines: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.larger_than_memory

bench-merge: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.receiving_many

bench-seal: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.seal

bench-transport: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.transport

bench-linking: $(VENV)/run.stamp .venv-linking-peers/stamp
	$(BIN)/python -m benchmarks.linking --peers .venv-linking-peers/bin/python

bench-linking-scale: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.linking_scale

bench-audit: $(VENV)/run.stamp .venv-audit-peers/stamp
	$(BIN)/python -m benchmarks.audit --peers .venv-audit-peers/bin/python

bench-linking-attack: $(VENV)/run.stamp
	$(BIN)/python -m benchmarks.linking_attack

SECONDS ?= 60
SEED ?= 0
fuzz-seal: $(VENV)/dev.stamp
	PYTHONPATH=tests $(BIN)/python -m seal.fuzz --seconds $(SECONDS) --seed $(SEED)

test-spark: .venv-spark/stamp
	JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 .venv-spark/bin/python -m pytest tests/protect/anonymise/test_a_cluster_s_table.py \
	  tests/merge/test_spark_gives_the_same_links.py tests/merge/test_a_cluster_gives_the_same_links.py \
	  tests/cli/test_merging_on_an_engine.py

.venv-peers/stamp: requirements-peers.txt
	@$(call make_venv,.venv-peers)
	.venv-peers/bin/python -m pip install --quiet -r requirements-peers.txt
	@touch $@

.venv-audit-peers/stamp: requirements-audit-peers.txt
	@$(call make_venv,.venv-audit-peers)
	.venv-audit-peers/bin/python -m pip install --quiet -r requirements-audit-peers.txt
	@touch $@

.venv-linking-peers/stamp: requirements-linking-peers.txt
	@$(call make_venv,.venv-linking-peers)
	.venv-linking-peers/bin/python -m pip install --quiet -r requirements-linking-peers.txt
	@touch $@

.venv-spark/stamp: requirements.lock requirements-dev.lock requirements-spark.lock pyproject.toml
	@$(call make_venv,.venv-spark)
	.venv-spark/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv-spark/bin/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	.venv-spark/bin/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements-spark.lock
	.venv-spark/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(call make_venv,$(VENV))
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock requirements-keyring.lock requirements-timestamps.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-keyring.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-timestamps.lock
	@touch $@

define make_venv
if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
  echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 …" >&2; exit 1; fi; \
if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
  echo "python3-venv is missing. Install it, then try again:  sudo apt install python3-venv" >&2; exit 1; fi; \
$(PYTHON) -m venv --clear $(1) || { rm -rf $(1); exit 1; }
endef

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra demo --extra build
lock: $(VENV)/dev.stamp
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	printf 'keyring>=25\npywin32-ctypes>=0.2\n' | $(filter-out --extra demo build,$(COMPILE)) \
	  --constraint requirements-dev.lock --output-file requirements-keyring.lock -  # the second is for Windows
	echo 'rfc3161-client>=1.0.9' | $(filter-out --extra demo build,$(COMPILE)) \
	  --constraint requirements-dev.lock --output-file requirements-timestamps.lock -
	echo 'pyspark>=4' | $(filter-out --extra demo build,$(COMPILE)) --output-file requirements-spark.lock -

clean:
	rm -rf $(VENV) .venv-peers .venv-audit-peers .venv-linking-peers .venv-spark build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
