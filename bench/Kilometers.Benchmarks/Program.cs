// What the parts of the hot path cost, in time and allocations: dotnet run -c Release --project bench/Kilometers.Benchmarks -- --filter '*'
using BenchmarkDotNet.Running;
using Kilometers.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(HotPath).Assembly).Run(args);
