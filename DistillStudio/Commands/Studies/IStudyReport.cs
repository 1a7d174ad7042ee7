using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Studies;

/// <summary>Receives everything that <c>study run</c> reports.</summary>
internal interface IStudyReport : IStudyObserver
{
    void OnPlanned(StudyProgress progress, StudyEstimate estimate);

    void OnEnded(StudyProgress progress, bool isInterrupted);
}
