using System.Diagnostics;
using System.Globalization;
using Kilometers.RecorderBench;
using Kilometers.Recordings;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;

// km-recorder-bench FOLDER MESSAGES REPOSITORY [SESSIONS]: records that many messages, spread over 30 days, ten servers and 200 sessions, and
// prints what it cost.
var folder = args[0];
var messages = int.Parse(args[1], CultureInfo.InvariantCulture);
var sessions = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 200;
var perSession = Math.Min(messages, Math.Max(2, messages / sessions));
var traffic = new Traffic(args[2], 20261129);
var random = new Random(1);

var start = TimeProvider.System.GetUtcNow().AddDays(-29);
var step = TimeSpan.FromDays(29) / messages;
long raw = 0;
var cpu = TimeSpan.Zero;
var watch = Stopwatch.StartNew();
using (
    var writer = new RecordingWriter(
        folder,
        new RecordingOptions { MaxBytes = long.MaxValue / 2, MaxAge = TimeSpan.FromDays(3650) },
        TimeProvider.System,
        line => Console.Error.WriteLine(line)
    )
)
{
    for (var sent = 0; sent < messages; )
    {
        var began = start + (step * sent);
        var session = writer.Begin(
            new SessionDescription
            {
                Key = Guid.CreateVersion7(began).ToString("N"),
                Server = "server-" + random.Next(10),
                Command = "npx -y some-server",
                KmVersion = "1.0.0",
                Payloads = "masked",
                Started = began,
            }
        );
        traffic.BeginSession();
        var sequence = 0L;
        await session.AddAsync(Occurrence("session.started"), default);
        for (var count = 0; count < perSession && sent < messages; count += 2, sent += 2)
        {
            var call = traffic.Next();
            var time = start + (step * sent);
            var latency = TimeSpan.FromMicroseconds(300 * Math.Exp(random.NextDouble() * 7));
            raw += call.Request.Length + call.Response.Length;
            await session.AddAsync(Message(call, call.Request, RecordedDirection.In, RecordedKind.Request, time), default);
            var request = sequence;
            await session.AddAsync(
                Message(call, call.Response, RecordedDirection.Out, RecordedKind.Response, time + latency) with
                {
                    RequestSequence = request,
                    Latency = latency,
                    ErrorCode = call.IsError ? "tool_error" : "",
                    ErrorText = call.IsError ? "Error: permission denied" : "",
                },
                default
            );
        }

        await session.AddAsync(Occurrence("session.ended"), default);
        cpu = CpuOfWriter();

        RecordedEvent Occurrence(string type) =>
            new()
            {
                Sequence = ++sequence,
                Time = start + (step * sent),
                Type = type,
            };
        RecordedMessage Message(Call call, byte[] payload, RecordedDirection direction, RecordedKind kind, DateTimeOffset time) =>
            new()
            {
                Sequence = ++sequence,
                Time = time,
                Direction = direction,
                Kind = kind,
                Method = "tools/call",
                Name = call.Tool,
                RequestId = "17",
                Size = payload.Length,
                Payload = payload,
            };
    }
}

var file = new FileInfo(Path.Combine(folder, RecordingFile.Name));
Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"{messages} messages, {raw / 1e6:0} MB raw, {raw / (double)messages:0} B each; file {file.Length / 1e6:0} MB"
    )
);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio {file.Length / (double)raw:0.000}"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cpu {cpu.TotalMicroseconds / messages:0.00}"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seconds {watch.Elapsed.TotalSeconds:0.0}"));

// Of the writer's thread only: making the messages costs more than recording them. In steps of 10 ms.
static TimeSpan CpuOfWriter() =>
    Directory
        .EnumerateDirectories("/proc/self/task")
        .Select(task => File.ReadAllText(task + "/stat"))
        .Where(line => line.Contains("(recorder)", StringComparison.Ordinal))
        .Select(line => line[(line.LastIndexOf(')') + 2)..].Split(' '))
        .Select(fields => long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture))
        .Select(ticks => TimeSpan.FromMilliseconds(ticks * 10))
        .FirstOrDefault();
