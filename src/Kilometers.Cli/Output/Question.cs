using System.Text;
using Kilometers.Contracts;

namespace Kilometers.Cli.Output;

/// <summary>Asks the user to agree, on the terminal.</summary>
internal static class Question
{
    /// <summary>Whether there is a terminal to ask on.</summary>
    public static bool CanAsk => !Console.IsInputRedirected;

    /// <summary>Asks.</summary>
    /// <param name="errors">Where the question is shown.</param>
    /// <param name="question">Without the choices.</param>
    /// <param name="isAnswered">Whether <c>--yes</c> was given.</param>
    /// <returns>True only for a clear yes; without a terminal nobody can agree.</returns>
    public static bool Ask(StandardError errors, string question, bool isAnswered)
    {
        if (isAnswered)
            return true;
        if (!CanAsk)
        {
            errors.WriteLine($"{question} There is no terminal to ask on: use --yes.");
            return false;
        }

        errors.Prompt($"{question} [y/N] ");
        return WrittenText.Trim(Console.ReadLine()).ToUpperInvariant() is "Y" or "YES";
    }

    /// <summary>Asks for a secret: what is typed shows as stars. From a pipe, its first line.</summary>
    /// <param name="errors">Where the question is shown.</param>
    /// <param name="question">What is asked for.</param>
    /// <returns>Empty where nothing was given.</returns>
    public static string Secret(StandardError errors, string question)
    {
        if (Console.IsInputRedirected)
            return WrittenText.Trim(Console.ReadLine());
        errors.Prompt($"{question}: ");
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && text.Length > 0)
            {
                text.Length--;
                errors.Control("\b \b");
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
                errors.Prompt("*");
            }
        }

        errors.Control("\n");
        return WrittenText.Trim(text.ToString());
    }
}
