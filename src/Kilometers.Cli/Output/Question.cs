namespace Kilometers.Cli.Output;

/// <summary>Asks the user to agree, on the terminal.</summary>
internal static class Question
{
    /// <summary>Asks.</summary>
    /// <param name="errors">Where the question is shown.</param>
    /// <param name="question">Without the choices.</param>
    /// <param name="isAnswered">Whether <c>--yes</c> was given.</param>
    /// <returns>True only for a clear yes; without a terminal nobody can agree.</returns>
    public static bool Ask(StandardError errors, string question, bool isAnswered)
    {
        if (isAnswered) return true;
        if (Console.IsInputRedirected)
        {
            errors.WriteLine($"{question} There is no terminal to ask on: use --yes.");
            return false;
        }

        errors.Prompt($"{question} [y/N] ");
        return Console.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
