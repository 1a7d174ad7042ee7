using System.CommandLine;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary><c>train</c>: one run from its flags to its exported model.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("train", "Train a model, evaluate it and export it as a Hugging Face folder.");
        var flags = new TrainFlags();
        foreach (Option option in flags.Options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, stop) =>
        {
            TrainRequest request = flags.Read(parsed);
            return Task.FromException<int>(new StudioException($"Training {request.Spec.Dataset} is not wired to the trainer yet."));
        });
        return command;
    }
}
