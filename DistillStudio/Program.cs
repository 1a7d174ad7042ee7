using DistillStudio.Commands;

return await CommandLine.RunAsync(args, Terminal.Own());
