#!/usr/bin/env bash
# 100,000 files with random faults, 10,000 for each kind that the program reads; one line a kind with what was taken, refused and allocated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec dotnet run --project DistillStudio.Tests -- -explicit only -showLiveOutput -noLogo \
    -method 'DistillStudio.Tests.Hostile.ReaderFuzzTests.Read_OneHundredThousandFilesWithFaults_EscapesOnlyAsInputException'
