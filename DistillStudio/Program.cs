using DistillStudio.Commands;
using DistillStudio.Engine.Runtime;

PrivateFiles.Begin();
return await CommandLine.RunAsync(args, Terminal.Own());
