#!/usr/bin/env bash
# Slow checks of what runs survive, each with figures at its end. From the repository's root, after a build:
#   DistillStudio.Tests/Survival/survive.sh kills    SIGKILLs at random moments in demo runs (SURVIVE_KILLS=50; about 8 minutes)
#   DistillStudio.Tests/Survival/survive.sh faults   the table of faults, provoked for real (as root on Linux, for tmpfs and chattr; about 3 minutes)
#   DistillStudio.Tests/Survival/survive.sh soak     demo runs through the queue under ten open pages (SURVIVE_RUNS=200; needs Chromium; about 15 minutes)
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${1:-}" in
  kills) class=KillCampaign ;;
  faults) class=FaultTable ;;
  soak) class=Soak ;;
  *) sed -n '2,5p' "$0"; exit 2 ;;
esac
report="DistillStudio.Tests/bin/${CONFIGURATION:-Debug}/net10.0/survival-$1.md"
rm -f "$report"
status=0
dotnet test --project DistillStudio.Tests --no-build --no-ansi --no-progress -c "${CONFIGURATION:-Debug}" --explicit only --filter-class "DistillStudio.Tests.Survival.$class" || status=$?
[ ! -f "$report" ] || cat "$report"
exit "$status"
