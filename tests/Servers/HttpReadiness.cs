namespace Tests.Servers;

internal static class HttpReadiness
{
    /// <summary>Whether it answers 2xx; no answer at all is "not yet".</summary>
    public static async Task<bool> AnswersAsync(this HttpClient http, string url)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(url));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
