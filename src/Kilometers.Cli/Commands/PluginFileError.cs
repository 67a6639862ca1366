using Kilometers.Contracts;
using Kilometers.Sqlite;

namespace Kilometers.Cli.Commands;

/// <summary>What is wrong with the file that a plugin keeps, and what to do. That there is none yet is for its own command to say.</summary>
internal static class PluginFileError
{
    /// <param name="exception">What happened.</param>
    /// <param name="file">The file.</param>
    /// <param name="code">The error's code.</param>
    /// <param name="writer">Who writes it, at the beginning of a sentence.</param>
    public static KmError Of(SqliteFileException exception, string file, string code, string writer) =>
        exception.Fault switch
        {
            SqliteFault.Newer => new KmError(code, $"{file} is from a newer version of km", Hint: "Update km: km update"),
            SqliteFault.Damaged => new KmError(
                code,
                $"{file} is damaged",
                exception.Message,
                $"{writer} sets it aside when it next writes to it. To start over now, delete it."
            ),
            SqliteFault.Busy => new KmError(code, $"{file} is in use by another process", exception.Message, "Try again in a moment."),
            _ => new KmError(code, $"{file} cannot be used", exception.Message, "Check its permissions and the space on its disk."),
        };
}
