using Kilometers.Cli.Commands.Recordings;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;
using Kilometers.Transcripts;
using Kilometers.Transcripts.Importing;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Finds the session that is meant.</summary>
internal static class TranscriptAccess
{
    /// <summary>Reads a recorded session, or one from a file that <c>km import</c> could read.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="text">A session as people name it, or a file.</param>
    /// <exception cref="KmException">There is no such session, or it cannot be read.</exception>
    public static Transcript Load(CommandContext context, string text) =>
        File.Exists(text)
            ? TranscriptFile.Read(text)
            : RecordingAccess.Use(context, RecordingReader.Open, reader => Transcript.Load(reader, RecordingAccess.Find(reader, text)));
}
